#include <doctest/doctest.h>

#include "infra/http/server.h"
#include "infra/runtime/thread.h"
#include "query/listener.h"
#include "query/live_routes.h"
#include "query/live_source.h"
#include "tests/query/live_client.h"
#include "tests/query/read_fixture.h"

/// The whole of live results on a real PostgreSQL: rows change, notifications come or are lost.
namespace flashpoll::query {
namespace {

using namespace test;
using namespace std::chrono_literals;

constexpr std::int64_t kNever = 3'600'000;

struct Live {
  /// `sweep_ms`: `kNever` where only a notification, or a reconnect, may bring a change.
  explicit Live(std::int64_t sweep_ms = kNever, std::int64_t unknown_ms = 500) {
    HubSettings settings;
    settings.admission.unknown_ms = unknown_ms;
    settings.conflation.sweep_ms = sweep_ms;
    hub = std::make_unique<Hub>(source, fixture.identity, clock, metrics, settings);
    listener = std::make_unique<Listener>(fixture.database, *hub, fixture.log);
    http::Router router;
    add_live_routes(router, *hub, {});
    server = std::make_unique<http::Server>(http::ServerConfig{}, std::move(router));
    hub->start();
    listener->start();
    server->start();
  }
  ~Live() {
    server->drain(2s);
    listener->stop();
    hub->stop();
    pool.stop();
  }

  /// Streams a poll; the state that it begins with has been read.
  std::unique_ptr<LiveClient> watch(const TestPoll& poll, const std::string& headers = "") {
    auto client = std::make_unique<LiveClient>(server->port());
    client->get(poll.path("/stream"), headers);
    client->read_until("retry: 2000\n\n");
    client->read_until("\n\n");
    return client;
  }
  void notify(const std::string& payload) {
    fixture.sql("NOTIFY flashpoll_results, '" + payload + "'");
  }
  void notify(const TestPoll& poll) {
    notify(poll.id() + ":" + std::to_string(poll.row.latest.seq.value));
  }
  /// One more ballot in the tables.
  void vote(TestPoll& poll) {
    events::VoterTag voter;
    voter.bytes[0] = static_cast<std::uint8_t>(++voters);
    fixture.cast(poll, voter, {0});
    fixture.write(poll);
  }
  /// Process of the listening connection; 0: none.
  int listening_pid() {
    pqxx::connection connection(fixture.database);
    pqxx::work work(connection);
    const pqxx::result rows = work.exec(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'flashpoll live'"
        " AND query LIKE 'LISTEN%' AND state = 'idle' AND datname = current_database()");
    return rows.empty() ? 0 : rows[0][0].as<int>();
  }
  int wait_for_listener(int other_than = 0) {
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (std::chrono::steady_clock::now() < until) {
      if (const int pid = listening_pid(); pid != 0 && pid != other_than) return pid;
      (void)runtime::pause({}, 10ms);
    }
    FAIL("nobody listens");
    return 0;
  }

  ReadFixture fixture;
  runtime::SystemClock clock;
  runtime::Metrics metrics;
  ReadPool pool{{.target = {fixture.database, "live"}, .threads = 1}, fixture.log};
  PoolSource source{pool};
  int voters = 0;
  std::unique_ptr<Hub> hub;
  std::unique_ptr<Listener> listener;
  std::unique_ptr<http::Server> server;
};

std::string id_line(const TestPoll& poll) {
  return "id: " + std::to_string(poll.row.latest.seq.value) + "\n";
}

/// One poll that is open, somebody who watches it, and a listener that listens.
struct Watched : Live {
  explicit Watched(std::int64_t sweep_ms = kNever) : Live(sweep_ms), poll(fixture.opened()) {
    fixture.write(poll);
    client = watch(poll);
    listening = wait_for_listener();
  }
  void vote() { Live::vote(poll); }
  void notify_vote() { notify(poll); }
  /// What the watcher reads next is the present state; the rest of its frame.
  std::string see_the_change() const {
    client->read_until(id_line(poll));
    return client->read_until("\n\n");
  }

  TestPoll poll;
  std::unique_ptr<LiveClient> client;
  int listening = 0;  ///< process of the listening connection
};

}  // namespace

TEST_CASE_FIXTURE(Watched, "a notification brings the change to every subscriber") {
  const auto other = watch(poll);
  for (int i = 1; i <= 10; ++i) {
    vote();
    notify_vote();
    other->read_until(id_line(poll));
    for (const std::string& data : {see_the_change(), other->read_until("\n\n")}) {
      CHECK(data.find("\"voters\":" + std::to_string(i) + ",\"votes\":[" + std::to_string(i) +
                      ",0,0]") != std::string::npos);
    }
  }
}

TEST_CASE_FIXTURE(Watched, "a notification of everything, or of nonsense, reads everything") {
  for (const char* payload : {"*", "whatever", ""}) {
    vote();
    notify(payload);
    see_the_change();
  }
}

TEST_CASE("a lost notification costs at most a sweep") {
  Watched live(200);
  live.vote();
  live.see_the_change();
}

TEST_CASE_FIXTURE(Watched, "what is notified before its row is visible is read until it is there") {
  notify(poll.id() + ":1");
  CHECK(client->is_silent_for(150ms));
  vote();
  see_the_change();
}

TEST_CASE_FIXTURE(Watched, "a listener that lost its connection listens again and reads all") {
  // The change commits, and is notified, where nobody listens.
  vote();
  fixture.sql("SELECT pg_terminate_backend(" + std::to_string(listening) + ", 5000)");
  see_the_change();
  wait_for_listener(listening);
  vote();
  notify_vote();
  see_the_change();
}

TEST_CASE_FIXTURE(Watched, "connections of the reading pool that are lost are replaced") {
  fixture.sql(
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
      " WHERE application_name = 'live' AND datname = current_database()");
  vote();
  notify_vote();
  see_the_change();
}

TEST_CASE("a poll that opens while somebody asks for it is found") {
  Live live(kNever, 5'000);  // a machine that is busy elsewhere may need it
  TestPoll poll = live.fixture.opened();
  live.wait_for_listener();
  LiveClient client(live.server->port());
  client.get(poll.path("/stream"));
  live.fixture.write(poll);
  live.notify(poll);
  CHECK(client.read_until("\r\n\r\n").starts_with("HTTP/1.1 200 "));
  client.read_until(id_line(poll));
}

TEST_CASE("an unknown poll is refused, as is a hidden one and a parked id") {
  Live live;
  const auto status_of = [&](const TestPoll& poll) {
    LiveClient client(live.server->port());
    client.get(poll.path("/stream"), "Connection: close\r\n");
    return client.read_rest().substr(9, 3);
  };
  TestPoll poll = live.fixture.opened();
  CHECK(status_of(poll) == "404");
  live.fixture.sql("INSERT INTO read_1.parked_polls VALUES (" +
                   std::to_string(poll.row.settings.poll.bits()) + ", 0, 7, 'x.y.v1', NULL, NULL)");
  CHECK(status_of(poll) == "503");
  TestPoll hidden = live.fixture.opened();
  hidden.row.hidden = hidden.row.closed = hidden.row.latest.seq;
  live.fixture.write(hidden);
  CHECK(status_of(hidden) == "410");
}

TEST_CASE("after_vote: the ballot is looked up when the subscription begins") {
  Live live;
  TestPoll poll = live.fixture.opened();
  poll.row.settings.results = events::Results::after_vote;
  const events::DeviceId device{1, 2, 3};
  live.fixture.cast(poll, live.fixture.tag(poll, device), {1});
  live.fixture.write(poll);
  const auto first_state = [&](const std::string& headers) {
    LiveClient client(live.server->port());
    client.get(poll.path("/stream"), headers);
    client.read_until("data: ");
    return client.read_until("\n\n");
  };
  const auto token = [&](const events::DeviceId& of) {
    return "Voter-Token: " + events::voter_token(live.fixture.mac, of) + "\r\n";
  };
  CHECK(first_state(token(device)).find("\"votes\":[0,1,0]") != std::string::npos);
  CHECK(first_state(token({9})).find("\"withheld\":\"after_vote\"") != std::string::npos);
  CHECK(first_state("").find("\"votes\"") == std::string::npos);
  // Taken back: nothing stands any more.
  EntryRow retraction;
  retraction.type = *events::parse_type("vote.retracted.v1");
  retraction.voter = live.fixture.tag(poll, device);
  retraction.vote_id = events::Uuid{};
  retraction.replaces = poll.row.latest.seq;
  retraction.removed = {1};
  live.fixture.add(poll, 10, retraction);
  live.fixture.write(poll);
  CHECK(first_state(token(device) + "Last-Event-ID: 2\r\n").find("\"votes\"") == std::string::npos);
}

TEST_CASE("payloads of notifications") {
  using Reached = Notified::Reached;
  const events::PollId poll{0x123456789abcdef};
  const events::PollId other{99};
  const std::string both = poll.text() + ":42," + other.text() + ":0";
  const auto parsed = parse_notification(both);
  REQUIRE(parsed);
  CHECK(*parsed == std::vector<Reached>{{poll, events::Seq{42}}, {other, events::Seq{0}}});
  for (const std::string& wrong :
       {std::string("*"), std::string(), poll.text(), poll.text() + ":", poll.text() + ":-1",
        poll.text() + ":1,", poll.text() + ":99999999999999999999", "x" + poll.text() + ":1",
        poll.text() + ":1x"}) {
    INFO(wrong);
    CHECK(!parse_notification(wrong));
  }
}

}  // namespace flashpoll::query
