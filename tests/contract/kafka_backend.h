#pragma once

#include <memory>
#include <string>

#include "infra/ledger/kafka_admin.h"
#include "infra/ledger/kafka_checks.h"
#include "infra/ledger/kafka_ledger.h"
#include "infra/runtime/clock.h"
#include "tests/contract/ledger_contract.h"
#include "tests/support/private_kafka.h"

namespace flashpoll::ledger::test {

/// A topic of three partitions of its own, on a cluster that other tests may share.
class KafkaBackend {
 public:
  /// What is not acknowledged is sent again, and may be there already.
  static constexpr bool kMayRepeat = true;

  explicit KafkaBackend(
      flashpoll::test::PrivateKafka& cluster = flashpoll::test::PrivateKafka::shared())
      : cluster_(cluster),
        target_{cluster.topic_name(), {{"bootstrap.servers", cluster.servers()}}} {
    // A frozen broker is given up soon, for the sake of these tests.
    target_.properties["socket.timeout.ms"] = "1200";
    create_kafka_ledger(target_, kPartitions, 0, log_);
  }

  std::unique_ptr<Ledger> open(std::size_t pending_entries = 65'536) {
    KafkaLedgerLimits limits;
    limits.pending_entries = pending_entries;
    return std::make_unique<KafkaLedger>(target_, kPartitions, log_, limits);
  }

  /// Freezes the broker, the next time kills it.
  void interrupt();
  void disturb() { interrupt(); }
  void cut(Partition partition, Offset offset);
  void exchange(Partition partition, Offset offset);

  [[nodiscard]] const KafkaTarget& target() const { return target_; }
  [[nodiscard]] flashpoll::test::PrivateKafka& cluster() { return cluster_; }
  [[nodiscard]] runtime::Log& log() { return log_; }

  /// The topic is gone and made anew, with these records.
  void refill(const std::vector<OwnedRecord>& records);
  void drop_topic();
  /// All records of all partitions.
  [[nodiscard]] std::vector<OwnedRecord> records();

 private:
  flashpoll::test::PrivateKafka& cluster_;
  KafkaTarget target_;
  runtime::SystemClock clock_;
  runtime::Log log_{clock_, runtime::LogLevel::error};
  int interruptions_ = 0;
};

}  // namespace flashpoll::ledger::test
