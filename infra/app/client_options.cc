#include "infra/app/client_options.h"

#include "events/ids.h"
#include "infra/app/client_tokens.h"
#include "infra/crypto/hash.h"
#include "infra/runtime/clock.h"
#include "infra/runtime/fault.h"
#include "infra/runtime/time.h"

namespace flashpoll::app {

namespace {

constexpr int kMostTexts = 20;
constexpr const char* kHere = "http://127.0.0.1:8080";

std::string server_of(const ClientOptions& options) {
  if (!options.url.empty()) return options.url;
  const runtime::Texts environment = runtime::read_environment();
  const auto named = environment.find("FLASHPOLL_URL");
  return named == environment.end() || named->second.empty() ? kHere : named->second;
}

}  // namespace

void add_texts(CLI::App& command, const std::string& name, std::vector<std::string>& texts,
               const std::string& help) {
  const auto take = [&texts](const std::string& text) { texts.push_back(text); };
  command.add_option_function<std::string>(name, take, help)->required();
  for (int i = 2; i <= kMostTexts; ++i) {
    // In no group: the help shows the first one alone.
    command.add_option_function<std::string>(name + std::to_string(i), take)->group("");
  }
}

Api api_of(const ClientOptions& options) { return Api(server_of(options)); }

Target target_of(const ClientOptions& options, const std::string& poll) {
  const PollAddress address = parse_poll_address(poll);
  return {Api(address.server ? *address.server : server_of(options)), address.poll.text()};
}

std::vector<http::Header> owner_headers(const ClientOptions& options) {
  const auto token = shown_token(options.token_file, runtime::read_environment());
  if (!token) {
    throw Misconfigured("this needs the poll's manage token: set FLASHPOLL_TOKEN or --token-file");
  }
  return {{"Authorization", "Bearer " + *token}};
}

std::string fresh_uuid() {
  const runtime::SystemClock clock;
  return events::uuid_v7(clock.wall_ms(), crypto::random_bytes<10>()).text();
}

std::string checked_time(const std::string& flag, const std::string& text) {
  const auto time = runtime::parse_time(text);
  if (!time) {
    throw Misconfigured(flag + ": '" + text + "' is no time such as 2026-11-20T12:00:00Z");
  }
  return runtime::format_time(*time);
}

std::int64_t checked_seconds(const std::string& flag, const std::string& text) {
  const auto length = runtime::parse_duration(text);
  if (!length || *length == 0 || *length % 1000 != 0) {
    throw Misconfigured(flag + ": '" + text + "' is no duration such as 90s, 15m or 2h");
  }
  return *length / 1000;
}

}  // namespace flashpoll::app
