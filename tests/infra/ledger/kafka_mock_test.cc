#include <future>

#include "tests/infra/ledger/kafka_mock_world.h"

namespace flashpoll::ledger::test {

TEST_CASE("errors of brokers: nothing acknowledged is lost, each batch is reported once") {
  const std::vector<Errors> faults = {
      {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS},
      {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND},
      {RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT},
      {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION},
      {RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__TRANSPORT},
      {RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS},
  };
  World world;
  Journal journal;
  {
    KafkaAppender appender(world.target, {}, world.quiet);
    settle(appender, journal);
    for (const Errors& errors : faults) {
      for (int round = 0; round < 10; ++round) {
        world.fail_next(errors);
        journal.append(appender, 30);
      }
    }
    journal.wait();
  }
  // All of these pass, so all is in.
  CHECK(journal.count(AppendStatus::appended) == 1'803);
  journal.check(world.log());
}

TEST_CASE("what only an idempotent producer should hear leaves the entries in doubt") {
  for (const auto error :
       {RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER,
        RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID}) {
    CAPTURE(std::string(rd_kafka_err2name(error)));
    World world;
    Journal journal;
    {
      KafkaAppender appender(world.target, {}, world.quiet);
      settle(appender, journal);
      world.fail_next({error});
      journal.append(appender, 1);
      journal.wait();
      CHECK(journal.count(AppendStatus::in_doubt) == 1);
      journal.append(appender, 30);  // and it goes on
      journal.wait();
    }
    CHECK(journal.count(AppendStatus::appended) == 33);
    journal.check(world.log());
  }
}

TEST_CASE("refused at the first try is not appended, refused after a try in doubt is in doubt") {
  const auto refused = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
  const std::vector<std::pair<Errors, AppendStatus>> faults = {
      {{refused}, AppendStatus::not_appended},
      {{RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, refused}, AppendStatus::not_appended},
      {{RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, refused}, AppendStatus::in_doubt},
      {{RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, refused}, AppendStatus::in_doubt},
      {{RD_KAFKA_RESP_ERR__TRANSPORT, refused}, AppendStatus::in_doubt},
  };
  for (const auto& [errors, status] : faults) {
    CAPTURE(std::string(rd_kafka_err2name(errors.front())));
    World world;
    Journal journal;
    {
      KafkaAppender appender(world.target, {}, world.quiet);
      settle(appender, journal);
      world.fail_next(errors);
      journal.append(appender, 1);
      journal.wait();
      CHECK(journal.count(status) == 1);
    }
    journal.check(world.log());
  }
}

TEST_CASE("what the client does not take is not appended") {
  World world;
  Journal journal;
  {
    KafkaAppender appender(world.target, {}, world.quiet);
    settle(appender, journal);
    std::promise<AppendStatus> done;
    REQUIRE(appender.append({{0, "k", std::string(2'000'000, 'x')}},
                            [&](auto results) { done.set_value(results[0].status); }));
    auto status = done.get_future();
    REQUIRE(status.wait_for(kLong) == std::future_status::ready);
    CHECK(status.get() == AppendStatus::not_appended);
  }
  journal.check(world.log());
}

TEST_CASE("leaders move and brokers go and come under load: nothing is lost") {
  World world;
  Journal journal;
  {
    KafkaAppender appender(world.target, {}, world.quiet);
    settle(appender, journal);
    for (int round = 0; round < 12; ++round) {
      for (int partition = 0; partition < 3; ++partition) {
        world.lead(partition, (partition + round) % kBrokers + 1);
        journal.append(appender, 20);
      }
      const int broker = round % kBrokers + 1;
      rd_kafka_mock_broker_set_down(world.cluster.get(), broker);
      journal.append(appender, 20);
      rd_kafka_mock_broker_set_up(world.cluster.get(), broker);
    }
    journal.wait();
  }
  CHECK(journal.count(AppendStatus::not_appended) == 0);
  CHECK(journal.count(AppendStatus::appended) > 0);
  journal.check(world.log());
}

TEST_CASE("round trips of 5 s: an append takes its time, and a ledger that goes does not") {
  World world;
  Journal journal;
  {
    KafkaAppender appender(world.target, {}, world.quiet);
    settle(appender, journal);
    rd_kafka_mock_broker_set_rtt(world.cluster.get(), -1, 5'000);
    journal.append(appender, 3);
    journal.wait();
    CHECK(journal.count(AppendStatus::appended) == 6);
    journal.append(appender, 3);
    const auto began = std::chrono::steady_clock::now();
    // The appender goes here, with a batch under way.
    std::chrono::steady_clock::duration took{};
    {
      KafkaAppender other(world.target, {}, world.quiet);
      journal.append(other, 3);
    }
    took = std::chrono::steady_clock::now() - began;
    CHECK(took < std::chrono::seconds(5));
    CHECK(journal.count(AppendStatus::in_doubt) == 3);
    journal.wait();
  }
  rd_kafka_mock_broker_set_rtt(world.cluster.get(), -1, 0);
  CHECK(journal.count(AppendStatus::not_appended) == 0);
  journal.check(world.log());
}

TEST_CASE("a producer that failed for good leaves its entries in doubt, and another takes over") {
  World world;
  Journal journal;
  {
    KafkaAppender appender(world.target, {}, world.quiet);
    settle(appender, journal);
    rd_kafka_mock_broker_set_rtt(world.cluster.get(), -1, 3'000);
    journal.append(appender, 3);
    const auto failed = appender.client();
    REQUIRE(rd_kafka_test_fatal_error(failed->get(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                                      "as told") == RD_KAFKA_RESP_ERR_NO_ERROR);
    journal.wait();
    CHECK(journal.count(AppendStatus::in_doubt) == 3);
    rd_kafka_mock_broker_set_rtt(world.cluster.get(), -1, 0);
    wait_replaced(appender, failed);
    journal.append(appender, 30);
    journal.wait();
    CHECK(journal.count(AppendStatus::appended) == 33);
  }
  journal.check(world.log());
}

TEST_CASE("an import's producer appends through errors that pass") {
  World world;
  Journal journal;
  {
    KafkaAppender appender(world.target, {.exactly_once = true}, world.quiet);
    settle(appender, journal);
    world.fail_next({RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR__TRANSPORT});
    journal.append(appender, 30);
    journal.wait();
    CHECK(journal.count(AppendStatus::appended) == 33);
  }
  journal.check(world.log());
}

TEST_CASE("an import's producer sends nothing before it knows the fate of what it sent") {
  World world;
  Journal journal;
  {
    KafkaAppender appender(world.target, {.exactly_once = true}, world.quiet);
    settle(appender, journal);
    rd_kafka_mock_broker_set_rtt(world.cluster.get(), -1, 200);
    world.fail_next({RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                     RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS});
    for (int batch = 0; batch < 3; ++batch) {
      journal.append(appender, 3);
      (void)runtime::pause({}, std::chrono::milliseconds(40));
    }
    journal.wait();
    CHECK(journal.count(AppendStatus::appended) == 12);
  }
  journal.check(world.log());
}

TEST_CASE("with no broker at all, what is pending is in doubt after 10 s, and the bound refuses") {
  World world;
  rd_kafka_mock_broker_set_down(world.cluster.get(), -1);
  Journal journal;
  // Room for the three below, too: those before may still be on their way out when they are told.
  KafkaAppender appender(world.target, {.pending_entries = 6}, world.quiet);
  journal.append(appender, 3);
  const std::vector<Entry> too_many(4, {0, "k", "one more"});
  CHECK_FALSE(appender.append(too_many, [](auto) { FAIL("was not taken"); }));
  journal.wait();
  CHECK(journal.count(AppendStatus::in_doubt) == 3);
  rd_kafka_mock_broker_set_up(world.cluster.get(), -1);
  journal.append(appender, 3);
  journal.wait();
  CHECK(journal.count(AppendStatus::appended) == 3);
}

}  // namespace flashpoll::ledger::test
