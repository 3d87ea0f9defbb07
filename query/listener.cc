#include "query/listener.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "infra/pg/connection.h"
#include "infra/runtime/thread.h"

namespace flashpoll::query {

namespace {

using Reached = Notified::Reached;

constexpr std::size_t kIdSize = 12;
constexpr std::chrono::milliseconds kShortestPause{50};
constexpr std::chrono::milliseconds kLongestPause{2'000};

std::optional<Reached> parse_one(std::string_view text) {
  if (text.size() < kIdSize + 2 || text[kIdSize] != ':') return std::nullopt;
  const auto poll = events::PollId::parse(text.substr(0, kIdSize));
  std::uint64_t seq = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + kIdSize + 1, end, seq);
  if (!poll || error != std::errc{} || stop != end) return std::nullopt;
  return Reached{*poll, events::Seq{seq}};
}

}  // namespace

std::optional<std::vector<Reached>> parse_notification(std::string_view payload) {
  std::vector<Reached> polls;
  while (true) {
    const std::size_t comma = payload.find(',');
    const auto one = parse_one(payload.substr(0, comma));
    if (!one) return std::nullopt;
    polls.push_back(*one);
    if (comma == std::string_view::npos) return polls;
    payload.remove_prefix(comma + 1);
  }
}

Listener::Listener(std::string database, Notified& hub, runtime::Log& log)
    : database_(std::move(database)), hub_(hub), log_(log) {}

Listener::~Listener() { stop(); }

void Listener::start() {
  thread_ =
      runtime::start_thread("live-listen", [this](const std::stop_token& stop) { run(stop); });
}

void Listener::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  wake_.signal();
  thread_.join();
}

void Listener::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    try {
      listen(stop);
    } catch (const std::exception& fault) {
      if (hears_.exchange(false)) hub_.notified_all();  // nothing is known from now on
      log_.warning("query", "notifications are not heard, results are read once a second",
                   {{"reason", fault.what()}});
      failures_ = std::min(failures_ + 1, 6);
      (void)runtime::pause(stop, std::min(kLongestPause, kShortestPause * (1 << failures_)));
    }
  }
}

void Listener::listen(const std::stop_token& stop) {
  pg::Connection connection({database_, "flashpoll live"}, std::chrono::seconds(2));
  connection.set_limit(std::chrono::seconds(5));
  connection.exec("LISTEN flashpoll_results");
  hub_.notified_all();  // what changed while nobody listened
  failures_ = 0;
  hears_ = true;
  while (!stop.stop_requested()) {
    const auto all = connection.notifications(std::chrono::seconds(30), &wake_);
    if (all.empty()) connection.exec("SELECT 1");  // a dead connection is silent too
    for (const auto& heard : all) {
      if (const auto polls = parse_notification(heard.payload)) {
        hub_.notified(*polls);
      } else {
        hub_.notified_all();
      }
    }
  }
}

}  // namespace flashpoll::query
