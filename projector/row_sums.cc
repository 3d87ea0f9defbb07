#include "projector/row_sums.h"

#include <cstring>

#include "infra/crypto/hash.h"
#include "projector/row_params.h"

namespace flashpoll::projector {

void RowSum::add(const pg::CopyRow& row) {
  const crypto::Digest digest = crypto::sha256(row.bytes());
  RowSum one{.rows = 1};
  std::memcpy(&one.low, digest.data(), sizeof one.low);
  std::memcpy(&one.high, digest.data() + sizeof one.low, sizeof one.high);
  add(one);
}

void RowSum::add(const RowSum& other) {
  rows += other.rows;
  low += other.low;
  high += other.high;
}

void add_rows(SumsByPoll& sums, std::span<const Step> steps) {
  pg::CopyReader entries([&](const pg::CopyRow& row) { sums[row.bigint(0)].entries.add(row); });
  entries.add(entry_rows(steps).finish());
  pg::CopyReader history([&](const pg::CopyRow& row) { sums[row.bigint(0)].history.add(row); });
  history.add(history_rows(steps).finish());
}

void add(SumsByPoll& sums, const SumsByPoll& others) {
  for (const auto& [poll, other] : others) {
    PollSums& mine = sums[poll];
    mine.entries.add(other.entries);
    mine.history.add(other.history);
  }
}

}  // namespace flashpoll::projector
