#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The ledger port: a partitioned, append-only sequence of opaque records. It knows nothing of
/// polls. Backends: `memory_ledger.h`, `postgres_ledger.h`, `kafka_ledger.h`; all pass the one
/// suite in `tests/contract/ledger_contract.h`.
namespace flashpoll::ledger {

using Partition = std::uint32_t;

/// Position of a record in its partition. Ascending, not necessarily dense.
using Offset = std::int64_t;

/// What a caller appends. `key` and `value` are opaque bytes; the caller chose the partition.
struct Entry {
  Partition partition = 0;
  std::string key;
  std::string value;
  /// Only an import sets it, for all entries that it appends: the record keeps this time instead of
  /// the moment of the append.
  std::optional<std::int64_t> time_ms = std::nullopt;
};

/// What a tail delivers. The views live until the next call of `Tail::read`.
struct Record {
  Partition partition = 0;
  Offset offset = 0;
  /// Unix time that the ledger gave the record when it was appended, raw: it may step back. Of an
  /// imported record the time that it brought along.
  std::int64_t append_time_ms = 0;
  std::string_view key;
  std::string_view value;
};

/// What became of one entry of a batch.
enum class AppendStatus : std::uint8_t {
  appended,      ///< durable; `offset` says where, when the ledger told
  not_appended,  ///< certainly not in the ledger, and never will be
  in_doubt,      ///< the ledger did not say: it may be there already, or appear later
};

struct AppendResult {
  AppendStatus status = AppendStatus::in_doubt;
  std::optional<Offset> offset;
};

/// Called once per batch, one result per entry in the batch's order, on a thread of the ledger;
/// must not block and must not call back into the ledger.
using AppendDone = std::function<void(std::span<const AppendResult>)>;

/// Reads all partitions in offset order per partition. One thread at a time.
class Tail {
 public:
  virtual ~Tail() = default;

  /// Waits at most `wait` for records and returns up to about `max_records` of them (a backend may
  /// exceed it by one stored batch per partition), empty when none came. Within a partition no
  /// record is skipped or repeated, over reconnects too. Throws Unavailable (call again later,
  /// nothing is lost) or Corrupt (a gap, an offset out of range, a broken checksum: stop).
  virtual std::span<const Record> read(std::size_t max_records, std::chrono::milliseconds wait) = 0;

  /// Makes a waiting `read` return at once; the only member that any thread may call.
  virtual void wake() = 0;
};

/// Where a tail starts, per partition: the offset of the first record to deliver.
struct Start {
  Partition partition = 0;
  Offset offset = 0;
};

/// When a tail delivers a record that was appended.
enum class Delivery : std::uint8_t {
  at_once,
  leading,    ///< at once; where that saves work, what it reads is handed on to those that follow
  following,  ///< what the leading tail of this process reads; else up to 25 ms later, where that
              ///< saves the ledger work
};

class Ledger {
 public:
  /// Blocks at most 5 s to let pending appends finish; those that did not are reported in doubt.
  virtual ~Ledger() = default;

  /// Number of partitions, fixed when the ledger was created.
  [[nodiscard]] virtual Partition partitions() const = 0;

  /// Whether a record that a tail has read is durable by that fact alone (PostgreSQL: yes, read
  /// means committed; Kafka: not before an acks=all report).
  [[nodiscard]] virtual bool read_is_durable() const = 0;

  /// How many entries between being appended and being read keep this ledger busy. More of them
  /// only wait longer, in memory that has left the caches.
  [[nodiscard]] virtual std::size_t depth() const = 0;

  /// Appends the entries, in order within each partition. Returns at once; `done` is called later,
  /// exactly once, also when the ledger is destroyed. Batches handed in while one is being
  /// committed are committed together. Any thread. Entries are pending until `done` has returned;
  /// false when their bound is reached: then nothing was taken and `done` is never called.
  [[nodiscard]] virtual bool append(std::vector<Entry> batch, AppendDone done) = 0;

  /// For each partition the offset that the next record will get, as of some moment after this call
  /// began. Blocks at most `wait`, any thread; throws Unavailable.
  [[nodiscard]] virtual std::vector<Offset> ends(std::chrono::milliseconds wait) = 0;

  /// A tail of the given partitions. When an offset lies beyond the end, its first `read` throws
  /// Corrupt: the ledger is shorter than what was read before. One tail at a time is `leading`. The
  /// ledger must outlive it.
  [[nodiscard]] virtual std::unique_ptr<Tail> tail(std::vector<Start> starts,
                                                   Delivery delivery) = 0;
  [[nodiscard]] std::unique_ptr<Tail> tail(std::vector<Start> starts) {
    return tail(std::move(starts), Delivery::at_once);
  }

  /// What the operator should know of its durability; empty when there is nothing to say.
  [[nodiscard]] virtual std::string caution() const { return {}; }
};

/// Reads the one record at `offset`, to compare its digest with the one kept beside a position.
/// Empty when the partition ends before. Throws like `Tail::read`, and Unavailable after `wait`.
struct OwnedRecord {
  Partition partition = 0;
  Offset offset = 0;
  std::int64_t append_time_ms = 0;
  std::string key;
  std::string value;
};
[[nodiscard]] std::optional<OwnedRecord> read_one(Ledger& ledger, Partition partition,
                                                  Offset offset, std::chrono::milliseconds wait);

}  // namespace flashpoll::ledger
