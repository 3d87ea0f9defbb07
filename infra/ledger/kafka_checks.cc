#include "infra/ledger/kafka_checks.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "infra/ledger/kafka_admin.h"
#include "infra/ledger/kafka_ledger.h"
#include "infra/ledger/kafka_offsets.h"
#include "infra/runtime/check.h"
#include "infra/runtime/fault.h"
#include "infra/runtime/thread.h"

namespace flashpoll::ledger {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kAskWithin{10'000};
constexpr milliseconds kLeadersWithin{20'000};
constexpr milliseconds kAskAgain{50};
constexpr int kBestCopies = 3;
/// The largest batch that the producer makes, with the overhead of its header.
constexpr std::int64_t kMessageBytes = 1'048'588;

struct Wanted {
  const char* name;
  const char* value;
  const char* danger;
};
constexpr std::array kWanted = {
    Wanted{"cleanup.policy", "delete", "compaction would drop records"},
    Wanted{"retention.ms", "-1", "old records would be deleted"},
    Wanted{"retention.bytes", "-1", "old records would be deleted"},
    Wanted{"message.timestamp.type", "LogAppendTime", "times would be the sender's"},
    Wanted{"unclean.leader.election.enable", "false",
           "a replica that lacks acknowledged records could become the leader"},
};

std::string mend(const KafkaTarget& target, const std::string& name, const std::string& value) {
  return "; kafka-configs.sh --bootstrap-server " + target.servers() +
         " --alter --entity-type topics --entity-name " + target.topic + " --add-config " + name +
         "=" + value;
}

std::string value_of(const KafkaSettings& settings, const std::string& name) {
  const auto found = settings.find(name);
  return found == settings.end() ? "unknown" : found->second;
}

std::int64_t number_of(const KafkaSettings& settings, const std::string& name) {
  const std::string text = value_of(settings, name);
  std::int64_t number = -1;
  (void)std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::span<const rd_kafka_metadata_partition_t> partitions_of(
    const rd_kafka_metadata_topic_t& topic) {
  return {topic.partitions, static_cast<std::size_t>(topic.partition_cnt)};
}

[[noreturn]] void refuse(const KafkaTarget& target, const std::string& name,
                         const std::string& value, const std::string& expected,
                         const std::string& danger) {
  throw Misconfigured("topic " + target.topic + ": " + name + " is " + value + ", not " + expected +
                      ": " + danger + mend(target, name, expected));
}

void check_settings(const KafkaSettings& settings, const KafkaTarget& target, int copies) {
  for (const Wanted& wanted : kWanted) {
    const std::string value = value_of(settings, wanted.name);
    if (value != wanted.value) refuse(target, wanted.name, value, wanted.value, wanted.danger);
  }
  const std::int64_t in_sync = number_of(settings, "min.insync.replicas");
  const int least = copies > 1 ? 2 : 1;
  if (in_sync < least || in_sync > copies) {
    refuse(target, "min.insync.replicas", value_of(settings, "min.insync.replicas"),
           std::to_string(least),
           in_sync < least ? "one broker's disk alone would acknowledge"
                           : "there are fewer copies, so nothing could be appended");
  }
  if (number_of(settings, "max.message.bytes") < kMessageBytes) {
    refuse(target, "max.message.bytes", value_of(settings, "max.message.bytes"),
           std::to_string(kMessageBytes), "whole batches would be refused");
  }
}

void check_partitions(const rd_kafka_metadata_topic_t& topic, Partition partitions) {
  if (topic.partition_cnt == static_cast<int>(partitions)) return;
  throw Misconfigured("partitions: the topic " + std::string(topic.topic) + " was created with " +
                      std::to_string(topic.partition_cnt) + ", the setting says " +
                      std::to_string(partitions) +
                      "; set partitions to what the topic has: it must never change, as a record's "
                      "key names its partition");
}

/// How many copies all partitions have.
int copies_of(const rd_kafka_metadata_topic_t& topic) {
  int copies = partitions_of(topic).front().replica_cnt;
  for (const auto& partition : partitions_of(topic)) {
    copies = std::min(copies, partition.replica_cnt);
  }
  return copies;
}

void check_lows(const KafkaClient& client, const KafkaTarget& target, Partition partitions) {
  const auto lows = kafka_offsets(client, target.topic,
                                  kafka_ask_all(partitions, RD_KAFKA_OFFSET_BEGINNING), kAskWithin);
  for (std::size_t partition = 0; partition < lows.size(); ++partition) {
    if (lows[partition] == 0) continue;
    throw Misconfigured("topic " + target.topic + ": partition " + std::to_string(partition) +
                        " begins at offset " + std::to_string(lows[partition]) +
                        ", not 0: its first records were deleted (retention, or "
                        "kafka-delete-records.sh); nothing mends it but a topic that holds all of "
                        "them, by `flashpoll ledger import` into a new one");
  }
}

/// Brokers may keep their settings to themselves.
void check_broker(const KafkaClient& client, const rd_kafka_metadata_t& metadata) {
  KafkaSettings settings;
  try {
    settings = kafka_settings(client, RD_KAFKA_RESOURCE_BROKER,
                              std::to_string(metadata.brokers[0].id), kAskWithin);
  } catch (const Misconfigured&) {
    return;
  }
  if (value_of(settings, "auto.create.topics.enable") != "true") return;
  throw Misconfigured(
      "Kafka: auto.create.topics.enable is true, not false: a topic that was deleted would come "
      "back empty and with other settings; write auto.create.topics.enable=false into "
      "server.properties of every broker and restart them");
}

KafkaMetadata described(const KafkaClient& client, const KafkaTarget& target) {
  KafkaMetadata metadata = kafka_topic(client, target.topic, kKafkaTopicLag);
  if (metadata == nullptr) {
    throw Misconfigured("kafka_topic: there is no topic " + target.topic +
                        "; `flashpoll migrate` makes it");
  }
  const rd_kafka_metadata_topic_t& topic = metadata->topics[0];
  if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR || topic.partition_cnt == 0) {
    throw Unavailable("kafka: the topic " + target.topic + ": " + rd_kafka_err2str(topic.err));
  }
  return metadata;
}

/// A topic that was just made takes a moment to get its leaders.
void wait_for_leaders(const KafkaClient& client, const std::string& topic) {
  const auto until = Clock::now() + kLeadersWithin;
  for (;;) {
    const KafkaMetadata metadata = client.metadata(topic, kAskWithin);
    const auto all = partitions_of(metadata->topics[0]);
    if (metadata->topics[0].err == RD_KAFKA_RESP_ERR_NO_ERROR && !all.empty() &&
        std::ranges::all_of(all, [](const auto& one) { return one.leader >= 0; })) {
      return;
    }
    if (Clock::now() >= until) throw Unavailable("kafka: the topic " + topic + " has no leaders");
    runtime::pause({}, kAskAgain);
  }
}

}  // namespace

void create_kafka_ledger(const KafkaTarget& target, Partition partitions, std::uint32_t copies,
                         runtime::Log& log) {
  FP_CHECK(partitions > 0, "a ledger has a partition");
  const KafkaClient client(target, KafkaRole::producer, log);
  const KafkaMetadata metadata = client.metadata(target.topic, kAskWithin);
  if (metadata->topics[0].err == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const int wanted =
      copies > 0 ? static_cast<int>(copies) : std::min(kBestCopies, metadata->broker_cnt);
  KafkaSettings settings;
  for (const Wanted& one : kWanted) settings[one.name] = one.value;
  settings["min.insync.replicas"] = wanted > 1 ? "2" : "1";
  settings["compression.type"] = "producer";
  settings["max.message.bytes"] = std::to_string(kMessageBytes);
  (void)create_kafka_topic(client, target.topic, static_cast<int>(partitions), wanted, settings,
                           kAskWithin);
  wait_for_leaders(client, target.topic);
}

std::string check_kafka_ledger(const KafkaClient& client, const KafkaTarget& target,
                               Partition partitions) {
  const KafkaMetadata metadata = described(client, target);
  const rd_kafka_metadata_topic_t& topic = metadata->topics[0];
  check_partitions(topic, partitions);
  const int copies = copies_of(topic);
  check_settings(kafka_settings(client, RD_KAFKA_RESOURCE_TOPIC, target.topic, kAskWithin), target,
                 copies);
  check_broker(client, *metadata);
  check_lows(client, target, partitions);
  if (copies > 1) return {};
  return "one broker without replicas: acknowledged records survive a crash of its process, not a "
         "power cut";
}

}  // namespace flashpoll::ledger
