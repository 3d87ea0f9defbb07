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

using runtime::Finding;
using runtime::Findings;
using State = Finding::State;
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
  return "kafka-configs.sh --bootstrap-server " + target.servers() +
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

/// A setting of the topic, and whether it is what it should be.
struct Setting {
  std::string name;
  std::string value;
  std::string expected;
  std::string danger;
  bool good = true;
};

Finding judge(const KafkaTarget& target, const Setting& setting) {
  if (setting.good) return {setting.name, State::ok, setting.value};
  return {setting.name, State::fail,
          "topic " + target.topic + ": " + setting.name + " is " + setting.value + ", not " +
              setting.expected + ": " + setting.danger,
          mend(target, setting.name, setting.expected)};
}

Setting in_sync_setting(const KafkaSettings& settings, int copies) {
  const std::string name = "min.insync.replicas";
  const std::int64_t in_sync = number_of(settings, name);
  const int least = copies > 1 ? 2 : 1;
  return {name, value_of(settings, name), std::to_string(least),
          in_sync < least ? "one broker's disk alone would acknowledge"
                          : "there are fewer copies, so nothing could be appended",
          in_sync >= least && in_sync <= copies};
}

Findings look_at_settings(const KafkaSettings& settings, const KafkaTarget& target, int copies) {
  Findings findings;
  for (const Wanted& wanted : kWanted) {
    const std::string value = value_of(settings, wanted.name);
    findings.push_back(
        judge(target, {wanted.name, value, wanted.value, wanted.danger, value == wanted.value}));
  }
  findings.push_back(judge(target, in_sync_setting(settings, copies)));
  const std::string size = "max.message.bytes";
  findings.push_back(judge(
      target, {size, value_of(settings, size), std::to_string(kMessageBytes),
               "whole batches would be refused", number_of(settings, size) >= kMessageBytes}));
  return findings;
}

Finding look_at_partitions(const rd_kafka_metadata_topic_t& topic, Partition partitions) {
  const std::string count = std::to_string(topic.partition_cnt);
  if (topic.partition_cnt == static_cast<int>(partitions)) return {"partitions", State::ok, count};
  return {"partitions", State::fail,
          "partitions: the topic " + std::string(topic.topic) + " was created with " + count +
              ", the setting says " + std::to_string(partitions),
          "set partitions to what the topic has: it must never change, as a record's key names its "
          "partition"};
}

/// How many copies all partitions have.
int copies_of(const rd_kafka_metadata_topic_t& topic) {
  int copies = partitions_of(topic).front().replica_cnt;
  for (const auto& partition : partitions_of(topic)) {
    copies = std::min(copies, partition.replica_cnt);
  }
  return copies;
}

Finding look_at_copies(int copies) {
  if (copies > 1) return {"copies", State::ok, std::to_string(copies)};
  return {"copies", State::warn,
          "one broker without replicas: acknowledged records survive a crash of its process, not a "
          "power cut",
          "run three brokers, and give each partition three replicas"};
}

/// No reason not to start: the broker that is missing may come back.
Finding look_at_replicas(const rd_kafka_metadata_topic_t& topic) {
  const auto lacks = std::ranges::count_if(
      partitions_of(topic), [](const auto& one) { return one.isr_cnt < one.replica_cnt; });
  if (lacks == 0) return {"replicas", State::ok, "are in sync"};
  return {"replicas", State::warn,
          std::to_string(lacks) + " partitions have replicas that are not in sync",
          "start the broker that is missing"};
}

Finding look_at_lows(const KafkaClient& client, const KafkaTarget& target, Partition partitions) {
  const auto lows = kafka_offsets(client, target.topic,
                                  kafka_ask_all(partitions, RD_KAFKA_OFFSET_BEGINNING), kAskWithin);
  for (std::size_t partition = 0; partition < lows.size(); ++partition) {
    if (lows[partition] == 0) continue;
    return {"first records", State::fail,
            "topic " + target.topic + ": partition " + std::to_string(partition) +
                " begins at offset " + std::to_string(lows[partition]) +
                ", not 0: its first records were deleted (retention, or kafka-delete-records.sh)",
            "nothing mends it but a topic that holds all of them, by `flashpoll ledger import` "
            "into a new one"};
  }
  return {"first records", State::ok, "are there"};
}

/// Brokers may keep their settings to themselves.
Finding look_at_broker(const KafkaClient& client, const rd_kafka_metadata_t& metadata) {
  const std::string name = "auto.create.topics.enable";
  std::string value = "unknown";
  try {
    value = value_of(kafka_settings(client, RD_KAFKA_RESOURCE_BROKER,
                                    std::to_string(metadata.brokers[0].id), kAskWithin),
                     name);
  } catch (const Misconfigured&) {
    return {name, State::ok, "unknown: the brokers do not tell"};
  }
  if (value != "true") return {name, State::ok, value};
  return {name, State::fail,
          "Kafka: " + name +
              " is true, not false: a topic that was deleted would come back empty and with other "
              "settings",
          "write " + name + "=false into server.properties of every broker and restart them"};
}

/// What `ask` tells when it names brokers: one that has just started, or that the controller gave
/// up meanwhile, lists none for a moment, not even itself. Nothing when it tells nothing.
template <typename Ask>
KafkaMetadata with_brokers(const Ask& ask) {
  const auto until = Clock::now() + kLeadersWithin;
  for (;;) {
    KafkaMetadata metadata = ask();
    if (metadata == nullptr || metadata->broker_cnt > 0) return metadata;
    if (Clock::now() >= until) throw Unavailable("kafka: the cluster lists no brokers");
    runtime::pause({}, kAskAgain);
  }
}

/// Nothing when there is no such topic.
KafkaMetadata described(const KafkaClient& client, const KafkaTarget& target) {
  KafkaMetadata metadata =
      with_brokers([&] { return kafka_topic(client, target.topic, kKafkaTopicLag); });
  if (metadata == nullptr) return nullptr;
  const rd_kafka_metadata_topic_t& topic = metadata->topics[0];
  if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR || topic.partition_cnt == 0) {
    throw Unavailable("kafka: the topic " + target.topic + ": " + rd_kafka_err2str(topic.err));
  }
  return metadata;
}

/// The settings of a topic that there is, though the broker asked may not have heard of it yet.
KafkaSettings settings_of(const KafkaClient& client, const std::string& topic) {
  const auto until = Clock::now() + kKafkaTopicLag;
  for (;;) {
    try {
      return kafka_settings(client, RD_KAFKA_RESOURCE_TOPIC, topic, kAskWithin);
    } catch (const Unavailable&) {
      if (Clock::now() >= until) throw;
    }
    runtime::pause({}, kAskAgain);
  }
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
  const KafkaMetadata metadata =
      with_brokers([&] { return client.metadata(target.topic, kAskWithin); });
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

Findings look_at_kafka_ledger(const KafkaClient& client, const KafkaTarget& target,
                              Partition partitions) {
  const KafkaMetadata metadata = described(client, target);
  if (metadata == nullptr) {
    return {{"created", State::fail,
             "kafka_topic: it holds no ledger, there is no topic " + target.topic,
             "`flashpoll migrate` makes it"}};
  }
  const rd_kafka_metadata_topic_t& topic = metadata->topics[0];
  const int copies = copies_of(topic);
  Findings findings{look_at_partitions(topic, partitions)};
  std::ranges::move(look_at_settings(settings_of(client, target.topic), target, copies),
                    std::back_inserter(findings));
  findings.push_back(look_at_broker(client, *metadata));
  findings.push_back(look_at_copies(copies));
  findings.push_back(look_at_replicas(topic));
  findings.push_back(look_at_lows(client, target, static_cast<Partition>(topic.partition_cnt)));
  return findings;
}

Findings look_at_kafka_ledger(const KafkaTarget& target, Partition partitions, runtime::Log& log) {
  return look_at_kafka_ledger(KafkaClient(target, KafkaRole::producer, log), target, partitions);
}

std::string kafka_library_version() { return rd_kafka_version_str(); }

}  // namespace flashpoll::ledger
