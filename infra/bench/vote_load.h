#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace flashpoll::bench {

struct VoteLoad {
  std::uint16_t port = 8080;  ///< on 127.0.0.1
  std::string poll;
  int connections = 64;
  double seconds = 10;
  /// Votes a second, sent when they are due, whether or not the ones before are answered (open
  /// loop); 0: each connection sends when its last vote is answered (closed loop).
  double rate = 0;
  double discard_seconds = 3;  ///< at the beginning, not counted
};

struct VoteFigures {
  std::uint64_t counted = 0;   ///< answered 201
  std::uint64_t refused = 0;   ///< any other answer
  std::uint64_t measured = 0;  ///< counted ones after the discarded time
  double measured_seconds = 0;
  /// Microseconds from the moment when a vote was due (open loop) or sent (closed loop), sorted.
  std::vector<std::uint32_t> latencies_us;
};

/// Sends ballots of ever new voters over kept connections from one thread, requests serialised
/// beforehand. Throws std::runtime_error when a connection breaks.
[[nodiscard]] VoteFigures run(const VoteLoad& load);

}  // namespace flashpoll::bench
