#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "infra/bench/histogram.h"

namespace flashpoll::bench {

/// Streams of POST /v1/votes: lines go out as fast as they are taken, answers are read meanwhile.
struct BulkLoad {
  std::uint16_t port = 0;
  std::string token;
  std::vector<std::string> polls;  ///< trusted ones; each gets every so-manieth line
  int streams = 4;
  double seconds = 10;
  double discard_seconds = 3;  ///< at the beginning, not measured
  std::function<void()> at_begin = {};
  std::function<void()> at_end = {};
};

struct BulkFigures {
  std::uint64_t sent = 0;      ///< lines, the whole time
  std::uint64_t answered = 0;  ///< likewise
  std::uint64_t counted = 0;   ///< as the summaries say
  std::uint64_t measured = 0;  ///< answered while it was measured
  double measured_seconds = 0;
  Histogram latencies;  ///< of a chunk of lines, from its sending to its last answer
};

/// Ends the streams after that time and reads them to their ends. Throws std::runtime_error when a
/// stream breaks or takes longer than 60 s for that.
[[nodiscard]] BulkFigures run(const BulkLoad& load);

}  // namespace flashpoll::bench
