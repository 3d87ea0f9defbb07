#pragma once

namespace flashpoll::ledger {

/// Notified, without payload, by every transaction that appends.
inline constexpr const char* kLedgerChannel = "flashpoll_ledger";

}  // namespace flashpoll::ledger
