#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "infra/ledger/kafka_target.h"
#include "infra/ledger/ledger.h"
#include "infra/runtime/finding.h"
#include "infra/runtime/log.h"

namespace flashpoll::ledger {

/// Makes the topic with all settings that durability rests on, unless there is one. `copies`: how
/// many brokers hold each record, 0 for 3 or as many as there are. Any number of processes may call
/// it at once. Throws Misconfigured, Unavailable.
void create_kafka_ledger(const KafkaTarget& target, Partition partitions, std::uint32_t copies,
                         runtime::Log& log);

/// Everything that a KafkaLedger checks when it is made, found out one by one. Throws
/// Misconfigured about a property of librdkafka, Unavailable.
[[nodiscard]] runtime::Findings look_at_kafka_ledger(const KafkaTarget& target,
                                                     Partition partitions, runtime::Log& log);

/// Of librdkafka: `2.0.2`.
[[nodiscard]] std::string kafka_library_version();

/// Bounds of a KafkaLedger, and how it appends.
struct KafkaLedgerLimits {
  std::size_t pending_entries = 65'536;  ///< handed in and not reported yet
  std::size_t pending_bytes = 64 << 20;  ///< keys and values of these
  /// For an import: the producer is idempotent, so a result `appended` means once. Whoever gets
  /// another result gives the topic up.
  bool exactly_once = false;
};

/// The ledger in one topic of Apache Kafka, for any number of processes.
///
/// A batch is handed to librdkafka at once. An entry whose acknowledgement was lost is sent again,
/// so the topic may hold it twice. An entry that was not acknowledged by all replicas in sync
/// within 10 s is reported in doubt; it may appear later. `not_appended` is reported only when a
/// leader refused the entry at its first try, or when it never left.
///
/// Offsets have gaps in principle. What a tail reads is on all replicas in sync at that moment, but
/// only a report says that these are enough of them.
class KafkaLedger final : public Ledger {
 public:
  /// Checks the topic and what of the brokers can be read. Throws Misconfigured, naming the
  /// setting, its value, the expected one and what mends it; Unavailable.
  KafkaLedger(KafkaTarget target, Partition partitions, runtime::Log& log,
              KafkaLedgerLimits limits = {});
  ~KafkaLedger() override;
  KafkaLedger(const KafkaLedger&) = delete;
  KafkaLedger& operator=(const KafkaLedger&) = delete;

  [[nodiscard]] Partition partitions() const override { return partitions_; }
  [[nodiscard]] bool read_is_durable() const override { return false; }
  /// A request for each of a dozen partitions, held back as `KafkaAppender` says.
  [[nodiscard]] std::size_t depth() const override { return 16'384; }
  [[nodiscard]] bool append(std::vector<Entry> batch, AppendDone done) override;
  [[nodiscard]] std::vector<Offset> ends(std::chrono::milliseconds wait) override;
  using Ledger::tail;
  [[nodiscard]] std::unique_ptr<Tail> tail(std::vector<Start> starts, Delivery delivery) override;
  [[nodiscard]] std::string caution() const override { return caution_; }

  /// Names the topic's cluster, as Kafka does.
  [[nodiscard]] std::string cluster_id(std::chrono::milliseconds wait) const;

 private:
  const KafkaTarget target_;
  const Partition partitions_;
  runtime::Log& log_;
  const std::unique_ptr<class Relay> relay_;  ///< must outlive all tails
  std::unique_ptr<class KafkaAppender> appender_;
  std::string caution_;
};

}  // namespace flashpoll::ledger
