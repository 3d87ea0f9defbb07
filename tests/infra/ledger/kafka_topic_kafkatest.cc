#include <doctest/doctest.h>

#include <thread>
#include <vector>

#include "infra/ledger/kafka_appender.h"
#include "infra/ledger/kafka_tail.h"
#include "infra/runtime/fault.h"
#include "tests/contract/kafka_backend.h"
#include "tests/contract/kafka_meddling.h"

namespace flashpoll::ledger::test {
namespace {

using std::chrono::milliseconds;

std::string refusal(KafkaBackend& backend) {
  try {
    (void)backend.open();
  } catch (const std::exception& fault) {
    return fault.what();
  }
  return "accepted";
}

/// The refusal, once the brokers know what was done to the topic.
std::string refusal_with(KafkaBackend& backend, const std::string& words) {
  const auto until = std::chrono::steady_clock::now() + kLong;
  std::string text = refusal(backend);
  while (text.find(words) == std::string::npos && std::chrono::steady_clock::now() < until) {
    text = refusal(backend);
  }
  CHECK(text.find(words) != std::string::npos);
  return text;
}

const KafkaSettings kSound = {
    {"cleanup.policy", "delete"},     {"retention.ms", "-1"},
    {"retention.bytes", "-1"},        {"message.timestamp.type", "LogAppendTime"},
    {"min.insync.replicas", "1"},     {"unclean.leader.election.enable", "false"},
    {"max.message.bytes", "1048588"}, {"compression.type", "producer"},
};

/// The topic as somebody else made it, with one setting that is not ours.
void make_topic(KafkaBackend& backend, const std::string& name, const std::string& value) {
  backend.drop_topic();
  KafkaSettings settings = kSound;
  settings[name] = value;
  const KafkaClient client(backend.target(), KafkaRole::producer, backend.log());
  REQUIRE(create_kafka_topic(client, backend.target().topic, kPartitions, 1, settings, kLong));
}

/// Reads without the checks that a ledger makes first.
struct Unchecked {
  explicit Unchecked(KafkaBackend& backend)
      : client(std::make_shared<KafkaClient>(backend.target(), KafkaRole::producer, backend.log())),
        tail(backend.target(), {{0, 0}}, KafkaRole::consumer, backend.log(),
             [this] { return client; }) {}

  std::shared_ptr<KafkaClient> client;
  KafkaTail tail;
};

/// Reads until that is thrown, which must come in time.
void read_until_corrupt(Tail& tail) {
  const auto until = std::chrono::steady_clock::now() + kLong;
  const auto look = [&] {
    while (std::chrono::steady_clock::now() < until) {
      try {
        (void)tail.read(100, milliseconds(200));
      } catch (const Unavailable&) {
        continue;
      }
    }
  };
  CHECK_THROWS_AS(look(), Corrupt);
}

}  // namespace

TEST_CASE("a topic whose settings could lose records is refused, with the command that mends it") {
  KafkaBackend backend;
  CHECK(refusal(backend) == "accepted");
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"cleanup.policy", "compact"},
      {"cleanup.policy", "compact,delete"},
      {"retention.ms", "604800000"},
      {"retention.bytes", "1000000"},
      {"message.timestamp.type", "CreateTime"},
      {"unclean.leader.election.enable", "true"},
      {"min.insync.replicas", "2"},
      {"max.message.bytes", "100000"},
  };
  for (const auto& [name, value] : wrong) {
    CAPTURE(name);
    make_topic(backend, name, value);
    const std::string text = refusal_with(backend, name + " is " + value);
    CHECK(text.find("kafka-configs.sh --bootstrap-server " + backend.target().servers() +
                    " --alter --entity-type topics --entity-name " + backend.target().topic +
                    " --add-config " + name + "=" + kSound.at(name)) != std::string::npos);
  }
}

TEST_CASE("what kafka-configs.sh mends is accepted again") {
  KafkaBackend backend;
  make_topic(backend, "retention.ms", "1000");
  const std::string text = refusal_with(backend, "--add-config retention.ms=-1");
  (void)backend.cluster().tool({"kafka.admin.ConfigCommand", "--bootstrap-server",
                                backend.target().servers(), "--alter", "--entity-type", "topics",
                                "--entity-name", backend.target().topic, "--add-config",
                                text.substr(text.rfind(' ') + 1)});
  (void)refusal_with(backend, "accepted");
}

TEST_CASE("another number of partitions is refused, and a topic that is not there") {
  KafkaBackend backend;
  CHECK_THROWS_WITH_AS(KafkaLedger(backend.target(), 4, backend.log()),
                       doctest::Contains("partitions: the topic"), Misconfigured);
  backend.drop_topic();
  (void)refusal_with(backend, "there is no topic");
}

TEST_CASE("a topic that was cut short from its beginning is refused, also by a tail") {
  KafkaBackend backend;
  append(*backend.open(), {{1, "k", "gone"}, {1, "k", "kept"}});
  delete_kafka_records(backend.target(), 1, 1, backend.log());
  const std::string text = refusal_with(backend, "partition 1 begins at offset 1, not 0");
  CHECK(text.find("nothing mends it") != std::string::npos);
  Unchecked unchecked(backend);
  KafkaTail tail(backend.target(), {{1, 0}}, KafkaRole::consumer, backend.log(),
                 [&] { return unchecked.client; });
  CHECK_THROWS_AS((void)tail.read(10, kNow), Corrupt);
}

TEST_CASE("a tail is told when the topic goes, and when another one takes its place") {
  KafkaBackend backend;
  append(*backend.open(), {{0, "k", "1"}, {0, "k", "2"}, {0, "k", "3"}});
  SUBCASE("gone") {
    Unchecked reader(backend);
    CHECK(read_records(reader.tail, 3).size() == 3);
    backend.drop_topic();
    read_until_corrupt(reader.tail);
  }
  SUBCASE("shorter") {
    Unchecked reader(backend);
    CHECK(read_records(reader.tail, 3).size() == 3);
    backend.refill({{0, 0, 0, "k", "other"}});
    read_until_corrupt(reader.tail);
  }
  SUBCASE("longer, while the tail did not look") {
    Unchecked reader(backend);
    CHECK(read_records(reader.tail, 3).size() == 3);
    backend.refill(std::vector<OwnedRecord>(50, OwnedRecord{0, 0, 0, "k", "other"}));
    read_until_corrupt(reader.tail);
  }
}

TEST_CASE("a record whose time is its sender's stops the tail") {
  KafkaBackend backend;
  make_topic(backend, "message.timestamp.type", "CreateTime");
  KafkaAppender appender(backend.target(), {}, backend.log());
  std::promise<AppendStatus> done;
  REQUIRE(
      appender.append({{0, "k", "v"}}, [&](auto results) { done.set_value(results[0].status); }));
  auto status = done.get_future();
  REQUIRE(status.wait_for(kLong) == std::future_status::ready);
  REQUIRE(status.get() == AppendStatus::appended);
  Unchecked reader(backend);
  CHECK_THROWS_WITH_AS((void)read_records(reader.tail, 1),
                       doctest::Contains("message.timestamp.type"), Corrupt);
}

TEST_CASE("brokers that list nobody for a moment, not even themselves, are waited for") {
  // The controller gives this one up between any two of its heartbeats.
  flashpoll::test::PrivateKafka cluster(
      1, {.settings = {"broker.heartbeat.interval.ms=1500", "broker.session.timeout.ms=700"}});
  KafkaBackend backend(cluster);
  const KafkaClient client(backend.target(), KafkaRole::producer, backend.log());
  const auto unlisted = [&] {
    return client.metadata(backend.target().topic, kLong)->broker_cnt == 0;
  };
  for (int round = 0; round < 3; ++round) {
    const auto until = std::chrono::steady_clock::now() + kLong;
    while (!unlisted() && std::chrono::steady_clock::now() < until) {
    }
    REQUIRE(std::chrono::steady_clock::now() < until);
    CHECK(backend.open()->ends(kLong).size() == kPartitions);
  }
}

TEST_CASE("several processes create the topic at once: it is created once") {
  KafkaBackend backend;
  KafkaTarget target = backend.target();
  target.topic = backend.cluster().topic_name();
  {
    std::vector<std::jthread> processes;
    for (int i = 0; i < 4; ++i) {
      processes.emplace_back([&] { create_kafka_ledger(target, kPartitions, 0, backend.log()); });
    }
  }
  const KafkaLedger ledger(target, kPartitions, backend.log());
  CHECK(ledger.caution().find("power cut") != std::string::npos);
  CHECK_FALSE(ledger.read_is_durable());
  CHECK_FALSE(ledger.cluster_id(kLong).empty());
}

TEST_CASE("more copies than brokers are refused, and nobody there is no misconfiguration") {
  KafkaBackend backend;
  KafkaTarget target = backend.target();
  target.topic = backend.cluster().topic_name();
  CHECK_THROWS_AS(create_kafka_ledger(target, kPartitions, 3, backend.log()), Misconfigured);
  target.properties["bootstrap.servers"] = "127.0.0.1:1";
  CHECK_THROWS_AS(KafkaLedger(target, kPartitions, backend.log()), Unavailable);
  target.properties["no.such.property"] = "1";
  CHECK_THROWS_WITH_AS(KafkaLedger(target, kPartitions, backend.log()),
                       doctest::Contains("kafka.no.such.property"), Misconfigured);
}

}  // namespace flashpoll::ledger::test
