#include <doctest/doctest.h>

#include "infra/http/server.h"
#include "infra/runtime/thread.h"
#include "query/live_routes.h"
#include "tests/query/live_client.h"
#include "tests/query/live_fakes.h"

/// Hub, sessions and server together, over real sockets; only the read side is a fake.
namespace flashpoll::query {
namespace {

using namespace test;
using namespace std::chrono_literals;
using Closed = LiveClient::Closed;

HubSettings quick() {
  HubSettings settings;
  settings.conflation.frame_gap_ms = 1;
  settings.conflation.sweep_ms = 60'000;  // only notifications count here
  return settings;
}

struct Service {
  explicit Service(http::ServerConfig config = {}) : server(config, routes()) {
    hub.start();
    server.start();
  }
  ~Service() {
    server.drain(2s);
    hub.stop();
  }
  http::Router routes() {
    http::Router router;
    add_live_routes(router, hub, {});
    return router;
  }
  void set(events::PollId poll, std::uint64_t seq, std::size_t choices = 2) {
    {
      const std::lock_guard lock(source.mutex);
      PollRow& row = source.rows[poll];
      row.settings.poll = poll;
      row.settings.closes_at = kNoon * 2;
      row.settings.key = events::key_fingerprint(mac);
      row.latest.seq = events::Seq{seq};
      row.latest.at = kNoon;
      row.latest.votes.assign(choices, 1'000'000'000'000'000'000 + seq);
    }
    hub.notified({{poll, events::Seq{seq}}});
  }
  void end(events::PollId poll, bool hide) {
    events::Seq seq;
    {
      const std::lock_guard lock(source.mutex);
      PollRow& row = source.rows[poll];
      seq = row.latest.seq = events::Seq{row.latest.seq.value + 1};
      row.closed = seq;
      if (hide) row.hidden = seq;
    }
    hub.notified({{poll, seq}});
  }
  /// Until `holds`, for at most 10 s.
  template <typename Holds>
  bool eventually(Holds holds) {
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (!holds()) {
      if (std::chrono::steady_clock::now() > until) return false;
      (void)runtime::pause({}, 5ms);
    }
    return true;
  }

  runtime::SystemClock clock;
  runtime::Metrics metrics;
  events::testing::Hmac mac{kSecret};
  Identity identity{mac, {}};
  FakeSource source;
  Hub hub{source, identity, clock, metrics, quick()};
  http::Server server;
};

std::string stream_of(events::PollId poll) { return "/v1/polls/" + poll.text() + "/stream"; }
std::string id_line(std::uint64_t seq) { return "id: " + std::to_string(seq) + "\n"; }

}  // namespace

TEST_CASE("two subscribers see each change") {
  Service service;
  service.set(kLunch, 0);
  LiveClient ann(service.server.port());
  LiveClient bob(service.server.port());
  for (LiveClient* client : {&ann, &bob}) {
    client->get(stream_of(kLunch));
    CHECK(client->read_until("\r\n\r\n").starts_with("HTTP/1.1 200 "));
    CHECK(client->read_until("\n\n") == "retry: 2000\n\n");
    CHECK(client->read_until("\n\n").starts_with(id_line(0)));
  }
  for (std::uint64_t seq = 1; seq <= 20; ++seq) {
    service.set(kLunch, seq);
    CHECK(ann.read_until("\n\n").starts_with(id_line(seq)));
    CHECK(bob.read_until("\n\n").starts_with(id_line(seq)));
  }
}

TEST_CASE("a stream ends with the poll; resuming with the last id gets 204") {
  Service service;
  service.set(kLunch, 3);
  LiveClient client(service.server.port());
  client.get(stream_of(kLunch), "Last-Event-ID: 3\r\n");
  CHECK(client.read_until(id_line(3)).starts_with("HTTP/1.1 200 "));
  service.end(kLunch, false);
  const std::string rest = client.read_rest();
  CHECK(rest.find(id_line(4) + "event: results\n") != std::string::npos);
  CHECK(rest.ends_with("event: end\ndata: {\"seq\":4,\"code\":\"final\"}\n\n"));
  LiveClient again(service.server.port());
  again.get(stream_of(kLunch), "Last-Event-ID: 4\r\nConnection: close\r\n");
  CHECK(again.read_rest().starts_with("HTTP/1.1 204 "));
  CHECK(service.eventually([&] { return service.hub.watchers().subscriptions() == 0; }));
}

TEST_CASE("a subscriber that never reads costs bounded memory and is dropped") {
  http::ServerConfig config;
  config.limits.channel_send_bytes = 4'096;
  config.timeouts.write = 700ms;
  config.timeouts.tick = 20ms;
  Service service(config);
  constexpr std::size_t kMany = 200;  // 4 KB a frame
  service.set(kLunch, 0, kMany);
  LiveClient deaf(service.server.port(), 2'048);
  LiveClient good(service.server.port());
  deaf.get(stream_of(kLunch));
  good.get(stream_of(kLunch));
  good.read_until(id_line(0));
  REQUIRE(service.eventually([&] { return service.hub.watchers().subscriptions() == 2; }));
  std::uint64_t seq = 0;
  long most_shared = 0;
  const auto until = std::chrono::steady_clock::now() + 10s;
  while (service.hub.watchers().subscriptions() == 2 && std::chrono::steady_clock::now() < until) {
    service.set(kLunch, ++seq, kMany);
    good.read_until(id_line(seq));  // the others do not wait
    if (const auto newest = service.hub.watchers().newest(kLunch))
      most_shared = std::max(most_shared, newest->plain.events.use_count());
  }
  CHECK(service.hub.watchers().subscriptions() == 1);
  CHECK(seq > 20);
  CHECK(most_shared <= 4);  // announcement, and one frame in flight for each subscriber
  CHECK(service.eventually([&] { return service.server.connections() == 1; }));
  service.set(kLunch, ++seq, kMany);
  CHECK(good.read_until("\n\n").size() > 0);
}

TEST_CASE("a WebSocket: subscribe, changes, the end of a poll, unsubscribe") {
  Service service;
  service.set(kLunch, 5);
  service.set(kDinner, 1);
  LiveClient client(service.server.port());
  const std::string head = client.upgrade();
  CHECK(head.starts_with("HTTP/1.1 101 "));
  CHECK(head.find("flashpoll.v1+json") != std::string::npos);
  const auto text = [&] {
    const auto heard = client.hear();
    REQUIRE(std::holds_alternative<std::string>(heard));
    return std::get<std::string>(heard);
  };
  client.say("{\"subscribe\":\"" + kLunch.text() + "\",\"after\":5}");
  CHECK(text() == "{\"subscribed\":\"" + kLunch.text() + "\"}");
  CHECK(seq_of(text()) == 5);
  client.say("{\"subscribe\":\"" + kDinner.text() + "\"}");
  CHECK(text() == "{\"subscribed\":\"" + kDinner.text() + "\"}");
  CHECK(seq_of(text()) == 1);
  service.set(kLunch, 6);
  CHECK(seq_of(text()) == 6);
  service.end(kLunch, true);
  CHECK(text().find("\"code\":\"poll_hidden\"") != std::string::npos);
  service.end(kDinner, false);
  CHECK(text().find("\"final\":true") != std::string::npos);
  client.say("{\"unsubscribe\":\"" + kDinner.text() + "\"}");
  CHECK(text() == "{\"unsubscribed\":\"" + kDinner.text() + "\"}");
  CHECK(service.hub.watchers().subscriptions() == 0);
}

TEST_CASE("close codes of a WebSocket") {
  const auto code_after = [](const std::function<void(Service&, LiveClient&)>& act) {
    Service service;
    service.set(kLunch, 1);
    LiveClient client(service.server.port());
    client.upgrade();
    act(service, client);
    while (true) {
      const auto heard = client.hear();
      if (const auto* closed = std::get_if<Closed>(&heard)) return closed->code;
    }
  };
  CHECK(code_after([](Service&, LiveClient& client) { client.say("nonsense"); }) == 1008);
  CHECK(code_after([](Service&, LiveClient& client) {
          client.say("{\"subscribe\":\"" + std::string(1'100, 'x') + "\"}");
        }) == 1009);
  CHECK(code_after([](Service& service, LiveClient& client) {
          client.say("{\"subscribe\":\"" + kLunch.text() + "\"}");
          (void)client.hear();
          service.server.drain(100ms);
        }) == 1001);
}

TEST_CASE("a handshake of another origin, or none at all, is refused") {
  Service service;
  LiveClient other(service.server.port());
  CHECK(other.upgrade("Origin: https://evil.example\r\n").starts_with("HTTP/1.1 403 "));
  CHECK(other.read_until("}").find("origin_not_allowed") != std::string::npos);
  LiveClient same(service.server.port());
  CHECK(same.upgrade("Origin: http://localhost\r\n").starts_with("HTTP/1.1 101 "));
  LiveClient plain(service.server.port());
  plain.get("/v1/ws");
  const std::string head = plain.read_until("\r\n\r\n");
  CHECK(head.starts_with("HTTP/1.1 426 "));
  CHECK(head.find("Upgrade: websocket") != std::string::npos);
}

TEST_CASE("many come and go, on several I/O threads, and everything is given back") {
  http::ServerConfig config;
  config.threads = 3;
  Service service(config);
  service.set(kLunch, 0);
  std::uint64_t seq = 0;
  for (int round = 0; round < 5; ++round) {
    std::vector<std::unique_ptr<LiveClient>> clients;
    for (int i = 0; i < 40; ++i) {
      clients.push_back(std::make_unique<LiveClient>(service.server.port()));
      clients.back()->get(stream_of(kLunch));
    }
    for (const auto& client : clients) client->read_until("data: ");
    for (int i = 0; i < 40; i += 2) clients[static_cast<std::size_t>(i)].reset();  // at any moment
    service.set(kLunch, ++seq);
    for (int i = 1; i < 40; i += 2) clients[static_cast<std::size_t>(i)]->read_until(id_line(seq));
  }
  CHECK(service.eventually([&] { return service.hub.watchers().subscriptions() == 0; }));
}

}  // namespace flashpoll::query
