#include <algorithm>
#include <stdexcept>

#include "infra/bench/api.h"
#include "infra/bench/baseline.h"
#include "infra/bench/measure.h"
#include "infra/bench/scenarios.h"
#include "infra/bench/subscribers.h"
#include "infra/bench/vote_checks.h"
#include "infra/bench/vote_requests.h"
#include "infra/runtime/thread.h"

namespace flashpoll::bench {

namespace {

/// As the service does at most; the baseline sends as often.
constexpr double kFramesPerSecond = 10;
/// A loop is open while a connection is free for each vote that is due, also where its answer takes
/// this long: with fewer of them votes would wait at the loader.
constexpr double kAnswerSeconds = 0.025;
/// Every so many votes one is looked for at each subscriber.
constexpr std::uint64_t kSampled = 61;

std::chrono::milliseconds to_ms(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

/// From the moment when a vote was due until a subscriber's frame holds it. `due` by the vote's
/// seq; times of 0 are not looked for.
Histogram on_screen(const std::vector<Arrival>& arrivals, const std::vector<Time>& due,
                    int subscribers) {
  Histogram latencies;
  std::vector<std::uint64_t> seen(static_cast<std::size_t>(subscribers));
  for (const Arrival& arrival : arrivals) {
    std::uint64_t& last = seen[arrival.subscriber];
    const std::uint64_t newest = std::min<std::uint64_t>(arrival.seq + 1, due.size());
    for (std::uint64_t seq = (last / kSampled + 1) * kSampled; seq < newest; seq += kSampled) {
      if (due[seq] != Time{}) latencies.add(ns_between(due[seq], arrival.at));
    }
    last = std::max(last, arrival.seq);
  }
  return latencies;
}

class Audience {
 public:
  Audience(const Options& options, Site& site)
      : options_(options),
        command_(site.start("command")),
        projector_(site.start("projector")),
        query_(site.start("query")),
        polls_(open_polls(command_->port, 1)) {}

  /// What nobody's silence costs, then votes at the given rate while all watch.
  [[nodiscard]] Figures run() {
    const Pinned here(options_.loader_core());
    const double before_mb = usage_of(query_->process.pid()).rss_mb;
    Subscribers subscribers = subscribe();
    runtime::pause({}, to_ms(options_.discard_seconds));
    const double idle_kb = (usage_of(query_->process.pid()).rss_mb - before_mb) * 1024;
    Figures figures = vote(subscribers);
    figures.emplace_back("idle rss kb", idle_kb / options_.subscribers);
    subscribers.stop();
    sample_ = subscribers.sample();
    add_latencies(figures, on_screen(subscribers.arrivals(), due_, options_.subscribers));
    return figures;
  }

  /// A frame as the subscribers get it.
  [[nodiscard]] const std::string& sample() const { return sample_; }
  [[nodiscard]] std::uint64_t answered() const { return answered_; }
  void end() {
    query_->process.end();
    projector_->process.end();
    command_->process.end();
  }

 private:
  [[nodiscard]] Subscribers subscribe() const {
    if (!options_.websocket) {
      return {query_->port, options_.subscribers, Stream::events,
              get_request("/v1/polls/" + polls_[0] + "/stream")};
    }
    return {query_->port, options_.subscribers, Stream::websocket,
            get_request("/v1/ws",
                        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                        "Sec-WebSocket-Protocol: flashpoll.v1+json\r\n"),
            client_frame(1, R"({"subscribe":")" + polls_[0] + R"("})")};
  }

  Figures vote(const Subscribers& subscribers) {
    VoteRequests requests(polls_, "flash");
    Load load = load_of(options_, command_->port);
    load.rate = options_.vote_rate;
    const auto connections = static_cast<int>(options_.vote_rate * kAnswerSeconds);
    load.connections = std::max(load.connections, connections);
    std::uint64_t frames = 0;
    Usage before, after;
    load.at_begin = [&] {
      frames = subscribers.frames();
      before = usage_of(query_->process.pid());
    };
    load.at_end = [&] {
      frames = subscribers.frames() - frames;
      after = usage_of(query_->process.pid());
    };
    load.on_answer = [this](const Answer& answer) {
      const auto seq = static_cast<std::size_t>(integer_of(answer.text, "seq"));
      if (answer.status != 201) return;
      due_.resize(std::max(due_.size(), seq + 1));
      due_[seq] = answer.due;
    };
    std::ranges::fill(due_, Time{});
    const LoadFigures voted = bench::run(load, requests);
    answered_ += voted.created;
    if (frames == 0) throw std::runtime_error("no frame came to the subscribers");
    const auto delivered = static_cast<double>(frames);
    Figures figures = {{"rate /s", delivered / voted.measured_seconds}};
    add_usage(figures, before, after, delivered);
    figures.emplace_back("votes /s", static_cast<double>(voted.measured) / voted.measured_seconds);
    return figures;
  }

  const Options& options_;
  std::unique_ptr<Node> command_;
  std::unique_ptr<Node> projector_;
  std::unique_ptr<Node> query_;
  const std::vector<std::string> polls_;
  std::vector<Time> due_;  ///< when a vote was, by its seq; of this run
  std::string sample_;
  std::uint64_t answered_ = 0;
};

/// The same frames to as many by `send` alone.
Figures run_sender(const Options& options, const Site& site, const std::string& frame) {
  const BaselineServer sender = start_sender(options, site, frame, kFramesPerSecond);
  const Pinned here(options.loader_core());
  const Stream stream = options.websocket ? Stream::bare_websocket : Stream::bare_events;
  const Subscribers subscribers(sender.port, options.subscribers, stream, "hello");
  runtime::pause({}, to_ms(options.discard_seconds));
  const std::uint64_t frames = subscribers.frames();
  const Usage before = sender.usage();
  const Time begin = std::chrono::steady_clock::now();
  runtime::pause({}, to_ms(options.seconds - options.discard_seconds));
  const auto delivered = static_cast<double>(subscribers.frames() - frames);
  Figures figures = {
      {"rate /s", delivered / seconds_between(begin, std::chrono::steady_clock::now())}};
  add_usage(figures, before, sender.usage(), delivered);
  return figures;
}

}  // namespace

Report fanout(const Options& options) {
  Report report("fanout", options);
  Site site(options);
  Audience audience(options, site);
  const std::string ours = options.websocket ? "WebSocket" : "server-sent events";
  report.alternate({{ours, [&] { return audience.run(); }},
                    {"send loop", [&] { return run_sender(options, site, audience.sample()); }}});
  report.ratio("cpu us", ours, "send loop", at_most(1.5, 1.2));
  report.absolute("idle rss kb", ours, at_most(10, 7));
  report.absolute("p99 ms", ours, at_most(150, 75));
  audience.end();
  check_votes(report, site, audience.answered());
  return report;
}

}  // namespace flashpoll::bench
