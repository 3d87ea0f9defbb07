#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "projector/position.h"

/// What rows add up to, so that very many are compared without bringing them together.
namespace flashpoll::projector {

/// The sum of the rows' digests, whatever their order: XXH3 of 128 bits over each row's COPY data,
/// as two numbers modulo 2^64. XXH3 is no cryptographic hash; its secret is drawn anew by each
/// process, so that nobody can choose rows by their digests. Sums are compared within a process.
struct RowSum {
  std::uint64_t rows = 0;
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  void add(std::string_view row);
  void add(const RowSum& other);
  bool operator==(const RowSum&) const = default;
};

/// Of one poll: its rows of poll_events and of result_history.
struct PollSums {
  RowSum entries;
  RowSum history;
  bool operator==(const PollSums&) const = default;
};
/// By `poll_id`.
using SumsByPoll = std::unordered_map<std::int64_t, PollSums>;

/// The entries and rows of history that the steps would write.
void add_rows(SumsByPoll& sums, std::span<const Step> steps);
void add(SumsByPoll& sums, const SumsByPoll& others);

}  // namespace flashpoll::projector
