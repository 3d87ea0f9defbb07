#include "infra/ledger/kafka_admin.h"

#include <array>

#include "infra/runtime/check.h"
#include "infra/runtime/fault.h"

namespace flashpoll::ledger {
namespace {

using std::chrono::milliseconds;

/// One question of the administration, and its answer.
struct Call {
  Call(const KafkaClient& client, rd_kafka_admin_op_t operation, milliseconds wait)
      : queue(rd_kafka_queue_new(client.get())),
        options(rd_kafka_AdminOptions_new(client.get(), operation)),
        wait_ms(static_cast<int>(wait.count())) {
    std::array<char, 256> text{};
    (void)rd_kafka_AdminOptions_set_request_timeout(options.get(), wait_ms, text.data(),
                                                    text.size());
  }

  [[nodiscard]] KafkaEvent answer(const KafkaClient& client) const {
    constexpr int kGrace = 500;  // the request's own time-out comes first
    KafkaEvent event(rd_kafka_queue_poll(queue.get(), wait_ms + kGrace));
    if (event == nullptr) throw Unavailable("kafka: no answer" + client.last_complaint());
    const auto error = rd_kafka_event_error(event.get());
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return event;
    throw Unavailable(std::string("kafka: ") + rd_kafka_event_error_string(event.get()) +
                      client.last_complaint());
  }

  KafkaQueue queue;
  KafkaAdminOptions options;
  int wait_ms;
};

/// A topic is unknown to a broker that has not heard of it yet.
bool is_passing(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR__TIMED_OUT || error == RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT ||
         error == RD_KAFKA_RESP_ERR__TRANSPORT || error == RD_KAFKA_RESP_ERR_NOT_CONTROLLER ||
         error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
}

[[noreturn]] void refuse(rd_kafka_resp_err_t error, const std::string& text) {
  if (is_passing(error)) throw Unavailable(text);
  throw Misconfigured(text);
}

}  // namespace

bool create_kafka_topic(const KafkaClient& client, const std::string& topic, int partitions,
                        int copies, const KafkaSettings& settings, milliseconds wait) {
  std::array<char, 512> text{};
  const KafkaNewTopic wanted(
      rd_kafka_NewTopic_new(topic.c_str(), partitions, copies, text.data(), text.size()));
  if (wanted == nullptr) throw Misconfigured("kafka_topic: " + std::string(text.data()));
  for (const auto& [name, value] : settings) {
    (void)rd_kafka_NewTopic_set_config(wanted.get(), name.c_str(), value.c_str());
  }
  const Call call(client, RD_KAFKA_ADMIN_OP_CREATETOPICS, wait);
  rd_kafka_NewTopic_t* all = wanted.get();
  rd_kafka_CreateTopics(client.get(), &all, 1, call.options.get(), call.queue.get());
  const KafkaEvent event = call.answer(client);
  std::size_t count = 0;
  const auto* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  FP_CHECK(count == 1, "one topic was asked for");
  const auto error = rd_kafka_topic_result_error(results[0]);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return true;
  if (error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return false;
  const char* why = rd_kafka_topic_result_error_string(results[0]);
  refuse(error, "kafka: the topic " + topic +
                    " cannot be made: " + (why != nullptr ? why : rd_kafka_err2str(error)));
}

KafkaSettings kafka_settings(const KafkaClient& client, rd_kafka_ResourceType_t type,
                             const std::string& name, milliseconds wait) {
  const KafkaConfigResource wanted(rd_kafka_ConfigResource_new(type, name.c_str()));
  const Call call(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, wait);
  rd_kafka_ConfigResource_t* all = wanted.get();
  rd_kafka_DescribeConfigs(client.get(), &all, 1, call.options.get(), call.queue.get());
  const KafkaEvent event = call.answer(client);
  std::size_t count = 0;
  const auto* resources = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  FP_CHECK(count == 1, "one resource was asked for");
  const auto error = rd_kafka_ConfigResource_error(resources[0]);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    refuse(error, "kafka: the settings of " + name + " cannot be read: " + rd_kafka_err2str(error));
  }
  KafkaSettings settings;
  const auto* entries = rd_kafka_ConfigResource_configs(resources[0], &count);
  for (std::size_t i = 0; i < count; ++i) {
    const char* value = rd_kafka_ConfigEntry_value(entries[i]);
    settings[rd_kafka_ConfigEntry_name(entries[i])] = value == nullptr ? "" : value;
  }
  return settings;
}

}  // namespace flashpoll::ledger
