#pragma once

#include <cstdint>
#include <unordered_map>

#include "infra/pg/binary.h"
#include "projector/position.h"

/// What rows add up to, so that very many are compared without bringing them together. Pure.
namespace flashpoll::projector {

/// The sum of the rows' digests, whatever their order: 128 bits of SHA-256 of each row's COPY data,
/// as two numbers modulo 2^64. Finds every mistake; it is no proof against who wants to deceive.
struct RowSum {
  std::uint64_t rows = 0;
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  void add(const pg::CopyRow& row);
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
