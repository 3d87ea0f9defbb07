#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "infra/ledger/kafka_handle.h"
#include "infra/ledger/kafka_target.h"
#include "infra/runtime/log.h"

namespace flashpoll::ledger {

enum class KafkaRole : std::uint8_t {
  producer,  ///< also asks for ends, metadata and settings
  importer,  ///< a producer that is idempotent: each record once, or a fault
  consumer,
  gatherer,  ///< a consumer that lets the brokers wait until there is more to fetch
};

/// One client instance of librdkafka with the settings that its role needs, the operator's
/// properties, and its messages in our log. Any thread.
class KafkaClient {
 public:
  /// Called for each delivery report by whoever polls the client.
  using OnReport = std::function<void(const rd_kafka_message_t&)>;

  /// Connects to nothing yet. Throws Misconfigured with librdkafka's own words about a property.
  KafkaClient(const KafkaTarget& target, KafkaRole role, runtime::Log& log,
              OnReport on_report = {});
  /// Returns after 1.5 s at the latest: an instance that hangs is left behind. No report is
  /// delivered any more.
  ~KafkaClient();
  KafkaClient(const KafkaClient&) = delete;
  KafkaClient& operator=(const KafkaClient&) = delete;

  [[nodiscard]] rd_kafka_t* get() const { return handle_; }

  /// What the client last complained of, in brackets, to be added to a fault's text; or empty.
  [[nodiscard]] std::string last_complaint() const;

  /// The topic as the brokers know it. Throws Unavailable.
  [[nodiscard]] KafkaMetadata metadata(const std::string& topic,
                                       std::chrono::milliseconds wait) const;

 private:
  struct Callbacks;  ///< lives as long as librdkafka may call

  std::shared_ptr<Callbacks> callbacks_;
  rd_kafka_t* handle_ = nullptr;
};

/// Milliseconds for a call of librdkafka: what is left until then, at least 1.
[[nodiscard]] int kafka_time_left(std::chrono::steady_clock::time_point until);

}  // namespace flashpoll::ledger
