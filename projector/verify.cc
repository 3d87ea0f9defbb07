#include "projector/verify.h"

#include "projector/green.h"

namespace flashpoll::projector {

Verified verify(const RefoldSource& source, std::optional<events::PollId> poll) {
  Green green(source, Purpose::scratch, poll);
  green.build();
  pg::Transaction transaction(green.connection());
  Verified verified = green.finish();
  transaction.commit();
  return verified;
}

}  // namespace flashpoll::projector
