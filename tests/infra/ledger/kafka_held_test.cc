#include "tests/infra/ledger/kafka_mock_world.h"

namespace flashpoll::ledger::test {

TEST_CASE("very many entries at once hold back what follows them, for a moment") {
  World world;
  Journal journal;
  int given = 3;
  {
    KafkaAppender appender(world.target, {}, world.quiet);
    settle(appender, journal);
    rd_kafka_mock_broker_set_rtt(world.cluster.get(), -1, 1'000);  // nothing is reported meanwhile
    const auto with_client = [&] { return rd_kafka_outq_len(appender.client()->get()); };
    const auto give = [&](int count) {
      journal.append(appender, count);
      given += count;
    };
    bool held = false;
    for (int round = 0; round < 20 && !held; ++round) {  // a test that is stopped sees too late
      (void)runtime::pause({}, milliseconds(50));
      const int before = with_client();
      give(2'001);
      give(5);
      held = with_client() == before + 2'001;
    }
    CHECK(held);
    (void)runtime::pause({}, milliseconds(200));
    CHECK(with_client() == given - 3);
    rd_kafka_mock_broker_set_rtt(world.cluster.get(), -1, 0);
    journal.wait();
  }
  CHECK(journal.count(AppendStatus::appended) == given);
  journal.check(world.log());
}

TEST_CASE("what is held back when the producer fails is reported too, and so it is at the end") {
  World world;
  Journal journal;
  {
    KafkaAppender appender(world.target, {}, world.quiet);
    settle(appender, journal);
    rd_kafka_mock_broker_set_rtt(world.cluster.get(), -1, 3'000);
    journal.append(appender, 2'001);
    journal.append(appender, 30);
    const auto failed = appender.client();
    REQUIRE(rd_kafka_test_fatal_error(failed->get(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                                      "as told") == RD_KAFKA_RESP_ERR_NO_ERROR);
    journal.wait();
    CHECK(journal.count(AppendStatus::appended) == 3);
    wait_replaced(appender, failed);
    journal.append(appender, 2'001);
    journal.append(appender, 30);
  }
  journal.wait();
  rd_kafka_mock_broker_set_rtt(world.cluster.get(), -1, 0);
  journal.check(world.log());
}

}  // namespace flashpoll::ledger::test
