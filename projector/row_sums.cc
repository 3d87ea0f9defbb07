#include "projector/row_sums.h"

#include <xxhash.h>

#include "infra/crypto/hash.h"
#include "projector/row_params.h"

namespace flashpoll::projector {

void RowSum::add(std::string_view row) {
  static const auto secret = crypto::random_bytes<XXH3_SECRET_SIZE_MIN>();
  const XXH128_hash_t digest =
      XXH3_128bits_withSecret(row.data(), row.size(), secret.data(), secret.size());
  add({.rows = 1, .low = digest.low64, .high = digest.high64});
}

void RowSum::add(const RowSum& other) {
  rows += other.rows;
  low += other.low;
  high += other.high;
}

void add_rows(SumsByPoll& sums, std::span<const Step> steps) {
  pg::CopyRows copy;
  const auto of_poll = [&sums](events::PollId poll) -> PollSums& {
    return sums[static_cast<std::int64_t>(poll.bits())];
  };
  for (const Step& step : steps) {
    for (const EntryRow& row : step.rows.entries) {
      copy.clear();
      add_entry(copy, row);
      of_poll(row.poll).entries.add(copy.last());
    }
    for (const ResultRow& row : step.rows.history) {
      copy.clear();
      add_history(copy, row);
      of_poll(row.poll).history.add(copy.last());
    }
  }
}

void add(SumsByPoll& sums, const SumsByPoll& others) {
  for (const auto& [poll, other] : others) {
    PollSums& mine = sums[poll];
    mine.entries.add(other.entries);
    mine.history.add(other.history);
  }
}

}  // namespace flashpoll::projector
