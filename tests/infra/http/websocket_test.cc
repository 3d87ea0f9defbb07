#include <doctest/doctest.h>

#include <thread>

#include "infra/http/problem.h"
#include "infra/runtime/thread.h"
#include "tests/infra/http/raw_client.h"
#include "tests/infra/http/subscribers.h"
#include "tests/infra/http/test_server.h"

namespace flashpoll::http {
namespace {

using namespace std::chrono_literals;

constexpr int kText = 0x1, kBinary = 0x2, kClose = 0x8, kPing = 0x9, kPong = 0xA;

Router with_socket(Subscribers& subscribers) {
  Router router;
  router.add("GET", "/ws", [&subscribers](const std::shared_ptr<Exchange>& exchange) {
    if (exchange->open_websocket("flashpoll.v1+json", subscribers.opener())) return;
    exchange->answer(protocol_problem(ProtocolProblem::upgrade_required));
  });
  return router;
}

ServerConfig quiet() {
  ServerConfig config = TestServer::short_deadlines();
  config.timeouts.ping = 60s;
  return config;
}

const std::string kUpgrade =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Protocol: flashpoll.v1+json\r\n";

/// A frame as a client sends it, masked (RFC 6455, section 5.2).
std::string frame(int opcode, const std::string& payload, bool masked = true) {
  const std::string mask = masked ? std::string("\x12\x34\x56\x78") : std::string(4, '\0');
  std::string bytes(1, static_cast<char>(0x80 | opcode));
  const int flag = masked ? 0x80 : 0;
  if (payload.size() < 126) {
    bytes += static_cast<char>(flag | static_cast<int>(payload.size()));
  } else {
    bytes += static_cast<char>(flag | 126);
    bytes += static_cast<char>(payload.size() >> 8);
    bytes += static_cast<char>(payload.size() & 0xFF);
  }
  if (masked) bytes += mask;
  for (std::size_t i = 0; i < payload.size(); ++i) {
    bytes += static_cast<char>(payload[i] ^ mask[i % 4]);
  }
  return bytes;
}

struct Frame {
  int opcode;
  std::string payload;
  [[nodiscard]] int close_code() const {
    return (static_cast<unsigned char>(payload.at(0)) << 8) |
           static_cast<unsigned char>(payload.at(1));
  }
};

Frame read_frame(RawClient& client) {
  const std::string begin = client.exactly(2);
  auto size = static_cast<std::size_t>(static_cast<unsigned char>(begin[1]));
  CHECK((static_cast<unsigned char>(begin[0]) & 0xF0) == 0x80);
  if (size == 126) {
    const std::string wide = client.exactly(2);
    size = static_cast<std::size_t>(static_cast<unsigned char>(wide[0]) << 8 |
                                    static_cast<unsigned char>(wide[1]));
  }
  REQUIRE(size < 127 * 256);
  return {begin[0] & 0x0F, client.exactly(size)};
}

RawClient connected(TestServer& server) {
  RawClient client(server.port());
  CHECK(client.ask(get("/ws", kUpgrade)).status == 101);
  return client;
}

TEST_CASE("the handshake of RFC 6455, section 1.3, with the subprotocol and no extension") {
  Subscribers subscribers;
  TestServer server(quiet(), with_socket(subscribers));
  RawClient client(server.port());
  const RawResponse response =
      client.ask(get("/ws", kUpgrade + "Sec-WebSocket-Extensions: permessage-deflate\r\n"));
  CHECK(response.status == 101);
  CHECK(response.fields.at("sec-websocket-accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  CHECK(response.fields.at("sec-websocket-protocol") == "flashpoll.v1+json");
  CHECK_FALSE(response.fields.contains("sec-websocket-extensions"));
  CHECK(subscribers.opened_become(1));
}

TEST_CASE("what is no upgrade is told so") {
  Subscribers subscribers;
  TestServer server(quiet(), with_socket(subscribers));
  RawClient client(server.port());
  const RawResponse response = client.ask(get("/ws"));
  CHECK(response.status == 426);
  CHECK(response.code() == "upgrade_required");
  CHECK(response.fields.at("upgrade") == "websocket");
  std::string other = kUpgrade;
  other.replace(other.find("flashpoll.v1"), 12, "flashpoll.v2");
  CHECK(client.ask(get("/ws", other)).status == 426);
}

TEST_CASE("texts go both ways, in order, whatever their size up to the limit") {
  Subscribers subscribers;
  TestServer server(quiet(), with_socket(subscribers));
  RawClient client = connected(server);
  REQUIRE(subscribers.opened_become(1));
  const std::string full(1024, 'm');
  client.send(frame(kText, "one") + frame(kText, "") + frame(kText, full));
  CHECK(subscribers.texts(3) == std::vector<std::string>{"one", "", full});
  subscribers.publish("{\"a\":1}");
  const Frame small = read_frame(client);
  CHECK(small.opcode == kText);
  CHECK(small.payload == "{\"a\":1}");
  const std::string large(20'000, 'x');
  subscribers.publish(large);
  CHECK(read_frame(client).payload == large);
  client.send(frame(kPing, "hi"));
  const Frame pong = read_frame(client);
  CHECK(pong.opcode == kPong);
  CHECK(pong.payload == "hi");
}

TEST_CASE("protocol violations are closed with their code") {
  Subscribers subscribers;
  TestServer server(quiet(), with_socket(subscribers));
  const std::pair<std::string, int> kViolations[] = {
      {frame(kText, std::string(1025, 'x')), 1009},
      {frame(kBinary, "x"), 1008},
      {frame(kText, "x", false), 1002},
      {frame(kText, "\xFF"), 1007},
      {std::string("\xF1\x80\0\0\0\0", 6), 1002},
  };
  std::size_t closed = 0;
  for (const auto& [bytes, code] : kViolations) {
    CAPTURE(code);
    RawClient client = connected(server);
    REQUIRE(subscribers.opened_become(closed + 1));
    client.send(bytes);
    const Frame close = read_frame(client);
    CHECK(close.opcode == kClose);
    CHECK(close.close_code() == code);
    client.send(frame(kClose, close.payload));
    CHECK(client.rest().empty());
    CHECK(subscribers.closed_become(++closed));
  }
  CHECK(server.connections_become(0));
}

TEST_CASE("both sides can close") {
  Subscribers subscribers;
  TestServer server(quiet(), with_socket(subscribers));
  RawClient leaving = connected(server);
  REQUIRE(subscribers.opened_become(1));
  leaving.send(frame(kClose, "\x03\xE8"));
  CHECK(read_frame(leaving).close_code() == 1000);
  CHECK(leaving.rest().empty());
  CHECK(subscribers.closed_become(1));
  RawClient told = connected(server);
  REQUIRE(subscribers.opened_become(2));
  subscribers.close(1013, "too slow");
  const Frame close = read_frame(told);
  CHECK(close.close_code() == 1013);
  CHECK(close.payload.substr(2) == "too slow");
  CHECK(subscribers.closed_become(2));  // though it does not answer
  CHECK(told.rest().empty());
  RawClient vanishing = connected(server);
  REQUIRE(subscribers.opened_become(3));
  {
    const RawClient gone = std::move(vanishing);
  }
  CHECK(subscribers.closed_become(3));
  CHECK(server.connections_become(0));
}

TEST_CASE("who answers pings stays, who does not is dropped") {
  Subscribers subscribers;
  ServerConfig config = TestServer::short_deadlines();
  TestServer server(std::move(config), with_socket(subscribers));
  RawClient alive = connected(server);
  RawClient dead = connected(server);
  int answered = 0;
  while (!subscribers.closed_become_at_once(1)) {
    const Frame ping = read_frame(alive);
    CHECK(ping.opcode == kPing);
    alive.send(frame(kPong, ping.payload));
    ++answered;
  }
  CHECK(answered >= 2);
  CHECK(server->connections() == 1);
  CHECK(read_frame(dead).opcode == kPing);
  CHECK(dead.rest().empty());
}

TEST_CASE("a WebSocket that is never read is dropped, and costs little until then") {
  Subscribers subscribers;
  TestServer server(quiet(), with_socket(subscribers));
  RawClient stuck(server.port(), 4096);
  CHECK(stuck.ask(get("/ws", kUpgrade)).status == 101);
  REQUIRE(subscribers.opened_become(1));
  const std::string message(1000, 'x');
  const auto began = std::chrono::steady_clock::now();
  while (!subscribers.closed_become_at_once(1)) {
    subscribers.publish(message);
    runtime::pause({}, 1ms);  // faster than it can be told, the server would do nothing else
    REQUIRE(std::chrono::steady_clock::now() - began < 20s);
  }
  CHECK(subscribers.sent() * message.size() < 300'000);
  CHECK(server.connections_become(0));
}

/// One short visit of some kind.
void visit(std::uint16_t port, int kind) {
  RawClient client(port);
  client.send(get("/ws", kUpgrade));
  if (kind == 0) return;
  client.until("\r\n\r\n");
  if (kind == 1) client.send(frame(kClose, "\x03\xE8"));
  if (kind == 2) client.send(frame(kText, std::string(1025, 'x')));
  if (kind == 3) client.send(frame(kPing, "p") + frame(kText, "t") + frame(kPing, "p"));
  if (kind == 4) client.send(frame(kClose, "\x03\xE8") + frame(kText, "after the close"));
  if (kind == 5) client.send(std::string("\x81\xFE", 2));
  (void)client.silent_for(5ms);
  if (kind % 2 == 0) client.rest();
}

TEST_CASE("visitors of every kind come and go while messages are published and sockets closed") {
  Subscribers subscribers;
  ServerConfig config = TestServer::short_deadlines();
  config.timeouts.ping = 30ms;
  config.timeouts.linger = 50ms;
  TestServer server(std::move(config), with_socket(subscribers));
  {
    std::jthread publisher([&subscribers](const std::stop_token& stop) {
      for (int i = 0; !stop.stop_requested(); ++i) {
        subscribers.publish(std::string(100, 'x'));
        if (i % 16 == 0) subscribers.close(1001, "x");
        runtime::pause(stop, 1ms);
      }
    });
    std::vector<std::jthread> crowds;
    for (int crowd = 0; crowd < 4; ++crowd) {
      crowds.emplace_back([port = server.port(), crowd] {
        for (int i = 0; i < 60; ++i) visit(port, (i + crowd) % 7);
      });
    }
  }
  CHECK(server.connections_become(0));
  RawClient client(server.port());
  CHECK(client.ask(get("/hello")).status == 200);
}

}  // namespace
}  // namespace flashpoll::http
