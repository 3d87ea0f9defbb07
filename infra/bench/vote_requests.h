#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "infra/bench/load.h"

namespace flashpoll::bench {

/// First ballots of ever new voters without a credential, one written text for each poll, into
/// which only the number goes. The workloads of performance.md:
///   flash      the first poll takes all votes      repeats    every tenth is an earlier one again
///   uniform    each poll as many                   malformed  every hundredth is no JSON
///   zipf       the n-th poll gets 1/n as many
class VoteRequests final : public Requests {
 public:
  /// Throws std::invalid_argument for an unknown workload.
  VoteRequests(const std::vector<std::string>& polls, const std::string& workload);

  std::string_view next() override;

 private:
  struct Text {
    std::string bytes;
    std::size_t id = 0;  ///< place of the vote's id
  };

  [[nodiscard]] std::size_t choose();
  std::string_view numbered(Text& text, std::uint64_t number);

  enum class Workload : std::uint8_t { flash, uniform, zipf, repeats, malformed };
  Workload workload_;
  std::vector<Text> texts_;
  std::vector<double> shares_;  ///< of zipf, summed up
  std::string malformed_;
  std::mt19937_64 random_;
  std::uint32_t run_ = 0;  ///< random: two runs have no vote in common
  std::uint64_t number_ = 0;
};

}  // namespace flashpoll::bench
