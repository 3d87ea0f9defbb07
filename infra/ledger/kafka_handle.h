#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>

namespace flashpoll::ledger {

/// Gives an object of librdkafka back by the function that its manual names.
template <auto function>
struct KafkaGive {
  template <typename Object>
  void operator()(Object* object) const noexcept {
    function(object);
  }
};

template <typename Object, auto function>
using KafkaHandle = std::unique_ptr<Object, KafkaGive<function>>;

inline void kafka_free_text(char* text) { rd_kafka_mem_free(nullptr, text); }
using KafkaText = KafkaHandle<char, kafka_free_text>;

using KafkaConf = KafkaHandle<rd_kafka_conf_t, rd_kafka_conf_destroy>;
using KafkaTopic = KafkaHandle<rd_kafka_topic_t, rd_kafka_topic_destroy>;
using KafkaQueue = KafkaHandle<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using KafkaEvent = KafkaHandle<rd_kafka_event_t, rd_kafka_event_destroy>;
using KafkaMessage = KafkaHandle<rd_kafka_message_t, rd_kafka_message_destroy>;
using KafkaMetadata = KafkaHandle<const rd_kafka_metadata_t, rd_kafka_metadata_destroy>;
using KafkaPartitions =
    KafkaHandle<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;
using KafkaHeaders = KafkaHandle<rd_kafka_headers_t, rd_kafka_headers_destroy>;
using KafkaFault = KafkaHandle<rd_kafka_error_t, rd_kafka_error_destroy>;
using KafkaAdminOptions = KafkaHandle<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;
using KafkaNewTopic = KafkaHandle<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;
using KafkaConfigResource = KafkaHandle<rd_kafka_ConfigResource_t, rd_kafka_ConfigResource_destroy>;

}  // namespace flashpoll::ledger
