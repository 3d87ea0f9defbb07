#include "projector/verify.h"

#include "projector/green.h"

namespace flashpoll::projector {

namespace {

std::optional<Verified> verify(const RefoldSource& source, std::optional<events::PollId> poll,
                               Bulk bulk) {
  Green green(source, Purpose::scratch, poll, bulk);
  green.build();
  pg::Transaction transaction(green.connection());
  std::optional<Verified> verified = green.finish();
  transaction.commit();
  return verified;
}

}  // namespace

Verified verify(const RefoldSource& source, std::optional<events::PollId> poll, Depth depth) {
  if (depth == Depth::counts) return *verify(source, poll, Bulk::left_out);
  // Rows that are not stored cannot be compared, but in most cases they need not be.
  if (!poll) {
    if (const auto verified = verify(source, poll, Bulk::only_summed)) return *verified;
  }
  return *verify(source, poll, Bulk::stored);
}

}  // namespace flashpoll::projector
