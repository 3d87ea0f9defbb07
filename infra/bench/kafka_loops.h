#pragma once

#include "infra/bench/options.h"
#include "infra/bench/report.h"
#include "infra/ledger/kafka_target.h"

namespace flashpoll::bench {

/// Bare librdkafka with the ledger's own properties, on a topic like the ledger's: what FlashPoll
/// on Kafka is held against. Works on the servers' core.
class KafkaLoops {
 public:
  /// Makes the topic.
  explicit KafkaLoops(const ledger::KafkaTarget& target);

  /// Produces votes as fast as they are acknowledged: `rate /s` and `cpu us` of this process.
  [[nodiscard]] Figures produce(const Options& options) const;

  /// Produces so many votes a second and reads them again: `p50 ms` and so on, from the moment when
  /// one was due.
  [[nodiscard]] Figures there_and_back(const Options& options, double rate) const;

 private:
  ledger::KafkaTarget target_;
};

}  // namespace flashpoll::bench
