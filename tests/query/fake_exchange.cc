#include "tests/query/fake_exchange.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <memory>
#include <stdexcept>

#include "infra/http/form.h"
#include "infra/http/problem.h"

namespace flashpoll::query::test {

namespace {

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

std::optional<std::string_view> find(const std::vector<http::Header>& headers,
                                     std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (same_name(key, name)) return value;
  }
  return std::nullopt;
}

class FakeExchange final : public http::Exchange, public http::Request {
 public:
  FakeExchange(std::string_view target, std::vector<http::Header> headers)
      : headers_(std::move(headers)) {
    const std::size_t mark = std::min(target.find('?'), target.size());
    path_ = target.substr(0, mark);
    if (mark == target.size()) return;
    auto query = http::parse_form(target.substr(mark + 1));
    if (!query) throw std::invalid_argument("a query that cannot be decoded");
    query_ = std::move(*query);
  }

  [[nodiscard]] std::future<Answer> future() { return answer_.get_future(); }
  void set_segments(std::vector<http::Parameter> segments) { segments_ = std::move(segments); }

  [[nodiscard]] std::string_view method() const override { return "GET"; }
  [[nodiscard]] std::string_view path() const override { return path_; }
  [[nodiscard]] std::string_view segment(std::string_view name) const override {
    return http::find(segments_, name).value_or("");
  }
  [[nodiscard]] std::span<const http::Parameter> query() const override { return query_; }
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const override {
    return find(headers_, name);
  }
  [[nodiscard]] std::optional<std::string_view> cookie(std::string_view name) const override {
    const auto all = header("Cookie");
    return all ? http::find_cookie(*all, name) : std::nullopt;
  }
  [[nodiscard]] std::string_view body() const override { return {}; }
  [[nodiscard]] std::string_view client_address() const override { return "192.0.2.7"; }

  [[nodiscard]] const http::Request& request() const override { return *this; }
  void answer(http::Response response) override {
    answer_.set_value({response.status, std::move(response.body), std::move(response.headers), {}});
  }
  void answer_stream(http::Response head, http::BodySource source) override {
    answer_.set_value({head.status, {}, std::move(head.headers), std::move(source)});
  }
  void open_events(http::Response,
                   std::function<http::ChannelEvents(std::shared_ptr<http::Channel>)>) override {
    throw std::logic_error("not a stream");
  }
  void open_body(http::Response,
                 std::function<http::ChannelEvents(std::shared_ptr<http::Channel>)>) override {
    throw std::logic_error("not a body");
  }
  [[nodiscard]] bool open_websocket(
      std::string_view,
      std::function<http::ChannelEvents(std::shared_ptr<http::Channel>)>) override {
    return false;
  }

 private:
  std::string path_;
  std::vector<http::Parameter> query_;
  std::vector<http::Header> headers_;
  std::vector<http::Parameter> segments_;
  std::promise<Answer> answer_;
};

constexpr std::chrono::seconds kPatience{10};

template <class T>
T soon(std::future<T> future) {
  if (future.wait_for(kPatience) != std::future_status::ready) {
    throw std::runtime_error("no answer within 10 s");
  }
  return future.get();
}

using Piece = std::optional<std::string>;

/// The next piece; throws std::future_error when the source drops its `next` uncalled.
Piece pull(const http::BodySource& source) {
  auto promise = std::make_shared<std::promise<Piece>>();
  auto piece = promise->get_future();
  source.pull([promise = std::move(promise)](Piece content) { promise->set_value(content); });
  return soon(std::move(piece));
}

}  // namespace

std::string Answer::header(std::string_view name) const {
  return std::string(find(headers, name).value_or(""));
}

std::future<Answer> begin_get(const http::Router& router, std::string_view target,
                              std::vector<http::Header> headers) {
  auto exchange = std::make_shared<FakeExchange>(target, std::move(headers));
  auto answer = exchange->future();
  auto match = router.match("GET", exchange->path());
  auto* found = std::get_if<http::Router::Found>(&match);
  if (found == nullptr) throw std::invalid_argument("no such route: " + std::string(target));
  exchange->set_segments(std::move(found->segments));
  found->route->handler(exchange);
  return answer;
}

Answer get(const http::Router& router, std::string_view target, std::vector<http::Header> headers) {
  Answer answer = soon(begin_get(router, target, std::move(headers)));
  if (answer.source) answer.body = rest_of(answer);
  return answer;
}

std::string next_piece(Answer& answer) {
  try {
    return pull(*answer.source).value_or("");
  } catch (const std::future_error&) {
    answer.broken_off = true;
    return {};
  }
}

std::string rest_of(Answer& answer) {
  std::string all;
  for (std::string piece = next_piece(answer); !piece.empty(); piece = next_piece(answer)) {
    all += piece;
  }
  return all;
}

}  // namespace flashpoll::query::test
