#include "infra/bench/bulk_load.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

#include "infra/bench/bulk_stream.h"

namespace flashpoll::bench {

namespace {

constexpr auto kEndsWithin = std::chrono::seconds(60);

class Run {
 public:
  explicit Run(const BulkLoad& load)
      : load_(load), chunks_(load.polls), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    for (int i = 0; i < load.streams; ++i) {
      streams_.push_back(std::make_unique<BulkStream>(connect_to(load.port), load.token));
      epoll_event event{};
      event.events = EPOLLIN | EPOLLOUT | EPOLLET;
      event.data.ptr = streams_.back().get();
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, streams_.back()->fd(), &event);
    }
  }
  ~Run() { ::close(epoll_); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  BulkFigures run() {
    const Time begin = std::chrono::steady_clock::now();
    round_until([&](Time now) { return seconds_between(begin, now) >= load_.discard_seconds; });
    const std::uint64_t before = answered();
    const Time measured_from = std::chrono::steady_clock::now();
    if (load_.at_begin) load_.at_begin();
    round_until([&](Time now) { return seconds_between(begin, now) >= load_.seconds; });
    if (load_.at_end) load_.at_end();
    figures_.measured = answered() - before;
    figures_.measured_seconds = seconds_between(measured_from, std::chrono::steady_clock::now());
    finish();
    return std::move(figures_);
  }

 private:
  template <typename Done>
  void round_until(Done done) {
    for (Time now = std::chrono::steady_clock::now(); !done(now);
         now = std::chrono::steady_clock::now()) {
      std::array<epoll_event, 16> events;
      const int count = ::epoll_wait(epoll_, events.data(), events.size(), 10);
      for (int i = 0; i < count; ++i) serve(events[static_cast<std::size_t>(i)]);
    }
  }

  void serve(const epoll_event& event) {
    auto& stream = *static_cast<BulkStream*>(event.data.ptr);
    if (stream.over()) return;
    if ((event.events & EPOLLIN) != 0) stream.read(figures_.latencies);
    if ((event.events & EPOLLOUT) != 0) stream.write(chunks_);
  }

  void finish() {
    for (const auto& stream : streams_) stream->finish();
    const Time until = std::chrono::steady_clock::now() + kEndsWithin;
    round_until([&](Time now) {
      if (now > until) throw std::runtime_error("a stream of votes does not end");
      return std::ranges::all_of(streams_, [](const auto& stream) { return stream->over(); });
    });
    for (const auto& stream : streams_) {
      figures_.sent += stream->sent();
      figures_.counted += stream->counted();
    }
    figures_.answered = answered();
  }

  [[nodiscard]] std::uint64_t answered() const {
    std::uint64_t sum = 0;
    for (const auto& stream : streams_) sum += stream->answered();
    return sum;
  }

  const BulkLoad& load_;
  BulkChunk chunks_;
  const int epoll_;
  std::vector<std::unique_ptr<BulkStream>> streams_;
  BulkFigures figures_;
};

}  // namespace

BulkFigures run(const BulkLoad& load) { return Run(load).run(); }

}  // namespace flashpoll::bench
