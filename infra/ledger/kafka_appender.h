#pragma once

#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "infra/ledger/kafka_client.h"
#include "infra/ledger/kafka_ledger.h"
#include "infra/ledger/ledger.h"
#include "infra/runtime/mutex.h"

namespace flashpoll::ledger {

/// Hands entries to a producer and gathers the reports of each batch. Its own thread polls for the
/// reports and calls `done`. Any thread appends.
///
/// When very many entries come, they are held back for some milliseconds: librdkafka makes a
/// request of what lies there for a partition, and a request costs the broker as much as some
/// hundred records. (Its own `linger.ms` would hold back a single one, too.)
class KafkaAppender {
 public:
  KafkaAppender(KafkaTarget target, const KafkaLedgerLimits& limits, runtime::Log& log);
  /// Within 4.7 s: what is not reported after 2.5 s is purged and reported in doubt.
  ~KafkaAppender();
  KafkaAppender(const KafkaAppender&) = delete;
  KafkaAppender& operator=(const KafkaAppender&) = delete;

  [[nodiscard]] bool append(std::vector<Entry> batch, AppendDone done) FP_EXCLUDES(mutex_);

  /// The client that is used now; it answers questions too.
  [[nodiscard]] std::shared_ptr<KafkaClient> client() const FP_EXCLUDES(mutex_);

 private:
  using Time = std::chrono::steady_clock::time_point;

  struct Batch;
  /// What a message carries through librdkafka, so that its report finds its place.
  struct Ticket {
    Batch* batch = nullptr;
    std::size_t index = 0;
  };
  /// The appending thread's until all entries are handed over, then the polling thread's.
  struct Batch {
    std::vector<AppendResult> results;
    std::vector<Ticket> tickets;
    std::size_t open = 0;  ///< entries without a result
    std::size_t bytes = 0;
    AppendDone done;
  };
  struct Report {
    Ticket* ticket = nullptr;
    AppendResult result;
  };
  struct Held {
    std::vector<Entry> entries;
    Batch* batch = nullptr;
  };

  [[nodiscard]] std::shared_ptr<KafkaClient> make_client();
  /// Hands over what is held, unless very much was handed over just now.
  void hand_over_if_due() FP_REQUIRES(mutex_);
  void hand_over() FP_REQUIRES(mutex_);
  [[nodiscard]] std::vector<rd_kafka_message_t>& messages_of(Partition partition)
      FP_REQUIRES(mutex_);
  void produce(std::size_t partition) FP_REQUIRES(mutex_);
  void produce_timed(const Entry& entry, Ticket& ticket) FP_REQUIRES(mutex_);
  void refuse(Ticket& ticket, rd_kafka_resp_err_t error) FP_REQUIRES(mutex_);

  void run(const std::stop_token& stop);
  void take_report(const rd_kafka_message_t& message);
  /// Waits for reports, at most that long, and calls `done` where a batch has all.
  void poll(const KafkaClient& from, std::chrono::milliseconds wait) FP_EXCLUDES(mutex_);
  void settle(const Report& report) FP_EXCLUDES(mutex_);
  /// What is held and what the client holds becomes in doubt.
  void purge(const KafkaClient& from) FP_EXCLUDES(mutex_);
  /// A client that failed for good is of no more use.
  void replace_failed() FP_EXCLUDES(mutex_);
  void use(std::shared_ptr<KafkaClient> client) FP_EXCLUDES(mutex_);
  void set_taking(bool taking) FP_EXCLUDES(mutex_);
  [[nodiscard]] bool idle() const FP_EXCLUDES(mutex_);
  bool wait_idle(Time until) FP_EXCLUDES(mutex_);

  const KafkaTarget target_;
  const KafkaLedgerLimits limits_;
  runtime::Log& log_;
  std::vector<Report> reports_;  ///< the polling thread's

  mutable runtime::Mutex mutex_;
  runtime::Condition emptied_;
  std::shared_ptr<KafkaClient> client_ FP_GUARDED_BY(mutex_);
  KafkaTopic topic_ FP_GUARDED_BY(mutex_);
  std::map<Batch*, std::unique_ptr<Batch>> batches_ FP_GUARDED_BY(mutex_);
  std::vector<Report> refused_ FP_GUARDED_BY(mutex_);  ///< never came into the client's queue
  std::vector<Held> held_ FP_GUARDED_BY(mutex_);
  std::vector<std::vector<rd_kafka_message_t>> messages_ FP_GUARDED_BY(mutex_);  ///< scratch
  std::size_t held_entries_ FP_GUARDED_BY(mutex_) = 0;
  Time window_ FP_GUARDED_BY(mutex_);                ///< when it began
  std::size_t in_window_ FP_GUARDED_BY(mutex_) = 0;  ///< entries handed over since
  std::size_t entries_ FP_GUARDED_BY(mutex_) = 0;    ///< without a result, the held ones among them
  std::size_t bytes_ FP_GUARDED_BY(mutex_) = 0;
  bool taking_ FP_GUARDED_BY(mutex_) = true;

  std::jthread thread_;
};

}  // namespace flashpoll::ledger
