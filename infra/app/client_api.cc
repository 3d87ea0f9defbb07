#include "infra/app/client_api.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include "infra/app/terminal.h"
#include "infra/runtime/fault.h"
#include "infra/runtime/thread.h"

namespace flashpoll::app {

namespace {

using std::chrono::milliseconds;

constexpr int kTries = 6;
constexpr milliseconds kFirstPause{200};
constexpr milliseconds kLongestPause{2'000};

json::Value parse_or_null(std::string_view body) {
  auto parsed = json::parse(body);
  auto* value = std::get_if<json::Value>(&parsed);
  return value == nullptr ? json::Value() : std::move(*value);
}

std::string text_of(const json::Value& object, std::string_view name) {
  const json::Value* value = object.find(name);
  return value != nullptr && value->is(json::Kind::string) ? printable(value->string()) : "";
}

/// `Question too short: … (invalid)`, and a line for each fault of the body.
std::string describe(int status, const json::Value& problem) {
  const std::string title = text_of(problem, "title");
  if (title.empty()) return "the server answered " + std::to_string(status);
  std::string text = title;
  if (const std::string detail = text_of(problem, "detail"); !detail.empty()) {
    text += (text.ends_with('.') ? " " : ": ") + detail;
  }
  text += " (" + text_of(problem, "code") + ")";
  const json::Value* errors = problem.find("errors");
  if (errors == nullptr || !errors->is(json::Kind::array)) return text;
  for (const json::Value& error : errors->array()) {
    text += "\n  " + text_of(error, "pointer") + ": " + text_of(error, "detail");
  }
  return text;
}

Answer checked(http::ClientResponse response) {
  if (response.status >= 300) throw Refused(response.status, std::move(response.body));
  json::Value value = parse_or_null(response.body);
  return {response.status, std::move(response.body), std::move(value), std::move(response.headers)};
}

std::vector<http::Header> headers_of(const Call& call) {
  std::vector<http::Header> headers = call.headers;
  if (!call.body.empty()) headers.emplace_back("Content-Type", "application/json");
  return headers;
}

milliseconds pause_after(int tries) {
  return std::min(kFirstPause * (1 << (tries - 1)), kLongestPause);
}

}  // namespace

Refused::Refused(int status, std::string body) : Refused(status, body, parse_or_null(body)) {}

Refused::Refused(int status, std::string body, json::Value problem)
    : std::runtime_error(describe(status, problem)),
      status_(status),
      body_(std::move(body)),
      problem_(std::move(problem)),
      code_(text_of(problem_, "code")) {}

std::string Answer::header(std::string_view name) const {
  const http::ClientResponse named{status, headers, {}};
  return std::string(named.header(name).value_or(""));
}

Api::Api(std::string server) : server_(std::move(server)) {
  while (server_.ends_with('/')) server_.pop_back();
}

Answer Api::send(const Call& call) const {
  return checked(client_.request(call.method, server_ + call.path, headers_of(call), call.body));
}

Answer Api::send_safely(const Call& call) const {
  for (int tries = 1;; ++tries) {
    try {
      return send(call);
    } catch (const Unavailable&) {
      if (tries == kTries) throw;
    } catch (const Refused& refused) {
      if (refused.status() != 503 || tries == kTries) throw;
    }
    runtime::pause(std::stop_token(), pause_after(tries));
  }
}

int Api::lines(const Call& call, const std::function<bool(std::string_view)>& line) const {
  http::ClientResponse response = client_.lines(server_ + call.path, headers_of(call), line);
  return checked(std::move(response)).status;
}

void Api::await_shown(const std::string& poll, std::int64_t seq) const noexcept {
  try {
    send({.path = "/v1/polls/" + poll + "?min_seq=" + std::to_string(seq)});
  } catch (const std::exception&) {
    return;  // no read side there, or the poll is hidden: nothing to wait for
  }
}

const json::Value& need(const json::Value& object, std::string_view name) {
  const json::Value* value = object.find(name);
  if (value == nullptr) {
    throw std::runtime_error("the server's answer has no '" + std::string(name) +
                             "': is this a FlashPoll?");
  }
  return *value;
}

const std::string& need_text(const json::Value& object, std::string_view name) {
  const json::Value& value = need(object, name);
  if (!value.is(json::Kind::string)) {
    throw std::runtime_error("the server's '" + std::string(name) + "' is no text");
  }
  return value.string();
}

std::int64_t need_integer(const json::Value& object, std::string_view name) {
  const auto value = need(object, name).integer();
  if (!value) throw std::runtime_error("the server's '" + std::string(name) + "' is no number");
  return *value;
}

std::string encoded(std::string_view value) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string text;
  for (const char c : value) {
    if (kPlain.find(c) != std::string_view::npos) {
      text += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    text += {'%', kDigits[byte >> 4], kDigits[byte & 0x0F]};
  }
  return text;
}

}  // namespace flashpoll::app
