#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "infra/bench/histogram.h"
#include "infra/bench/load.h"

namespace flashpoll::bench {

/// Lines of votes that are written beforehand, one chunk of a chunked body; only the voters'
/// numbers go into it.
class BulkChunk {
 public:
  explicit BulkChunk(const std::vector<std::string>& polls);

  static constexpr std::uint64_t kLines = 200;

  /// With voters that no call has had before.
  [[nodiscard]] std::string_view next();

 private:
  std::string bytes_;
  std::vector<std::size_t> places_;  ///< of the numbers
  std::uint64_t number_;
};

/// One request under way, on a non-blocking connection.
class BulkStream {
 public:
  BulkStream(int fd, const std::string& token);
  ~BulkStream();
  BulkStream(const BulkStream&) = delete;
  BulkStream& operator=(const BulkStream&) = delete;

  [[nodiscard]] int fd() const { return fd_; }
  /// Writes until the connection takes no more.
  void write(BulkChunk& chunks);
  /// Ends the body behind what is under way.
  void finish();
  /// Reads what is there. `latencies` gets the chunks whose last line is answered.
  void read(Histogram& latencies);

  [[nodiscard]] bool over() const { return over_; }
  [[nodiscard]] std::uint64_t sent() const { return sent_; }
  [[nodiscard]] std::uint64_t answered() const { return answered_; }
  /// Of the summary, when it is over.
  [[nodiscard]] std::uint64_t counted() const { return counted_; }

 private:
  struct UnderWay {
    std::uint64_t last_line = 0;
    Time since;
  };

  bool flush();
  void take(std::string_view bytes, Histogram& latencies);
  void check_head();
  void take_summary();

  const int fd_;
  std::string out_;
  std::size_t out_begin_ = 0;
  std::string end_;  ///< the last bytes that came; while the head is not whole, all
  bool in_body_ = false;
  bool finishing_ = false;
  bool over_ = false;
  std::deque<UnderWay> under_way_;
  std::uint64_t sent_ = 0;
  std::uint64_t answered_ = 0;
  std::uint64_t counted_ = 0;
};

}  // namespace flashpoll::bench
