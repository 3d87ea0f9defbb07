#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "infra/ledger/kafka_client.h"
#include "infra/ledger/ledger.h"
#include "infra/ledger/relay.h"
#include "infra/runtime/wake.h"

namespace flashpoll::ledger {

/// What one read delivers: records, and what their views point into. It may outlive its tail.
struct KafkaBatch {
  std::shared_ptr<KafkaClient> client;  ///< goes after its messages
  std::vector<KafkaMessage> messages;
  std::vector<Record> records;
};

/// Reads partitions with a client of its own, which fetches ahead into one queue. The queue and
/// `wake` signal one descriptor, so a read waits for both.
class KafkaTail final : public Tail {
 public:
  /// `role`: consumer or gatherer. `asker` gives the client that is asked for ends: the tail's own
  /// one would answer only after the fetch that waits at the broker. `relay`: where it leads, or
  /// null.
  KafkaTail(KafkaTarget target, std::vector<Start> starts, KafkaRole role, runtime::Log& log,
            std::function<std::shared_ptr<KafkaClient>()> asker, Relay* relay = nullptr);
  ~KafkaTail() override;
  KafkaTail(const KafkaTail&) = delete;
  KafkaTail& operator=(const KafkaTail&) = delete;

  std::span<const Record> read(std::size_t max_records, std::chrono::milliseconds wait) override;
  void wake() override;

 private:
  using Time = std::chrono::steady_clock::time_point;

  struct Position {
    Partition partition = 0;
    Offset first = 0;             ///< where this tail began
    Offset next = 0;              ///< first offset to deliver
    std::int64_t latest_ms = -1;  ///< latest append time read
    // As it was when the topic was last found to be the same.
    Offset seen_next = 0;
    std::int64_t seen_ms = -1;
    /// The first record later than that: in one and the same topic it only moves on, as that is
    /// appended to and times read grow; and it is none that was read.
    Offset later_from = 0;
  };

  /// Compares all positions with the topic, the first time, and begins to fetch.
  void begin();
  /// Throws Corrupt when the topic is gone.
  void look_for_topic();
  /// Throws Corrupt when another topic stands where this one was.
  void verify();
  static void see(Position& position);
  static void compare(Position& position, Offset found);
  /// What others hold stays theirs.
  void clear_batch();
  void fetch(std::size_t max_records);
  void take(const rd_kafka_message_t& message);
  void take_fault(const rd_kafka_message_t& message);
  /// Until records may be there, `until`, or a wake.
  void wait(Time until);

  const KafkaTarget target_;
  const std::function<std::shared_ptr<KafkaClient>()> asker_;
  std::vector<Position> positions_;
  std::vector<std::size_t> index_;  ///< where in `positions_` a partition is
  runtime::Wake signal_;
  std::atomic<bool> woken_ = false;
  std::shared_ptr<KafkaClient> client_;
  KafkaTopic topic_;
  KafkaQueue queue_;
  bool begun_ = false;
  bool suspect_ = false;  ///< a broker knew no such topic
  Time next_verify_{};
  std::vector<rd_kafka_message_t*> fetched_;
  std::shared_ptr<KafkaBatch> batch_;  ///< what `read` returned last
  std::optional<Relay::Leader> leader_;
};

}  // namespace flashpoll::ledger
