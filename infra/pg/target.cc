#include "infra/pg/target.h"

#include <array>
#include <string_view>

namespace flashpoll::pg {
namespace {

/// Classes and codes of SQLSTATE that say nothing about the statement itself.
constexpr std::array<std::string_view, 8> kPassing = {
    "08",     // connection exceptions
    "53",     // out of disk, memory, connections
    "57",     // cancelled, shutting down, starting up
    "58",     // I/O errors
    "40",     // deadlock, serialization: the transaction was rolled back
    "55P03",  // lock not available
    "25P03",  // idle in transaction for too long
    "25006",  // read-only: a standby or a fail-over under way
};

}  // namespace

void throw_fault(const std::string& what, const std::string& sqlstate) {
  if (sqlstate.starts_with("XX001") || sqlstate.starts_with("XX002")) throw Corrupt(what);
  for (const std::string_view passing : kPassing) {
    if (sqlstate.starts_with(passing)) throw Unavailable(what);
  }
  throw StatementFailed(what, sqlstate);
}

}  // namespace flashpoll::pg
