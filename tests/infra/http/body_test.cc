#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>

#include "tests/infra/http/raw_client.h"
#include "tests/infra/http/test_server.h"

namespace flashpoll::http {
namespace {

using namespace std::chrono_literals;

/// Answers `POST /shout` with its body in upper case, piece by piece, and a dot at the end. Holds
/// one piece at a time.
class Shouter {
 public:
  Router router() {
    Router router;
    router.add("POST", "/shout", {.media_types = {"text/plain"}, .streamed_body = true},
               [this](const std::shared_ptr<Exchange>& exchange) {
                 if (exchange->request().header("Refuse")) return exchange->answer({.status = 403});
                 exchange->open_body({.content_type = "text/plain"},
                                     [this](std::shared_ptr<Channel> channel) {
                                       return shout(std::move(channel));
                                     });
               });
    return router;
  }

  bool closed_become(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 20s, [&] { return closed_ == count; });
  }
  bool closed_become_at_once(std::size_t count) {
    const std::lock_guard lock(mutex_);
    return closed_ == count;
  }
  std::size_t heard() {
    const std::lock_guard lock(mutex_);
    return heard_;
  }

 private:
  ChannelEvents shout(const std::shared_ptr<Channel>& channel) {
    channel->listen();
    return {.on_idle = [channel] { channel->listen(); },
            .on_text =
                [this, channel](std::string_view piece) {
                  const std::lock_guard lock(mutex_);
                  heard_ += piece.size();
                  std::string loud(piece);
                  for (char& c : loud) c = static_cast<char>(std::toupper(c));
                  channel->send(std::make_shared<const std::string>(loud));
                },
            .on_end = [channel] { end(channel); },
            .on_closed =
                [this] {
                  const std::lock_guard lock(mutex_);
                  ++closed_;
                  changed_.notify_all();
                }};
  }

  static void end(const std::shared_ptr<Channel>& channel) {
    if (channel->busy()) return channel->post([channel] { end(channel); });
    channel->send(std::make_shared<const std::string>("."));
    channel->close(1000, "");
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t heard_ = 0;
  std::size_t closed_ = 0;
};

const std::string kText = "Content-Type: text/plain\r\n";
const std::string kChunked =
    "POST /shout HTTP/1.1\r\nHost: h\r\n" + kText + "Transfer-Encoding: chunked\r\n";

TEST_CASE("an answer comes while its request's body is still being sent") {
  Shouter shouter;
  TestServer server(TestServer::short_deadlines(), shouter.router());
  RawClient client(server.port());
  client.send(kChunked + "\r\n");
  const std::string head = client.until("\r\n\r\n");
  CHECK(head.starts_with("HTTP/1.1 200 "));
  CHECK(head.find("Transfer-Encoding: chunked\r\n") != std::string::npos);
  CHECK(head.find("Connection: close\r\n") != std::string::npos);
  client.send("3\r\nabc\r\n");
  CHECK(client.until("ABC\r\n") == "3\r\nABC\r\n");
  client.send("2\r\nde\r\n0\r\n\r\n");
  CHECK(client.rest() == "2\r\nDE\r\n1\r\n.\r\n0\r\n\r\n");
  CHECK(shouter.closed_become(1));
  CHECK(server.connections_become(0));
}

TEST_CASE("the body may come with its head, with a length, or be none") {
  Shouter shouter;
  TestServer server(TestServer::short_deadlines(), shouter.router());
  RawClient sized(server.port());
  sized.send(post("/shout", "abc", kText));
  CHECK(sized.rest().ends_with("3\r\nABC\r\n1\r\n.\r\n0\r\n\r\n"));
  RawClient chunked(server.port());
  chunked.send(kChunked + "\r\n3\r\nabc\r\n0\r\n\r\n");
  CHECK(chunked.rest().ends_with("3\r\nABC\r\n1\r\n.\r\n0\r\n\r\n"));
  RawClient empty(server.port());
  empty.send("POST /shout HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(empty.rest().ends_with("\r\n\r\n1\r\n.\r\n0\r\n\r\n"));
}

TEST_CASE("a client that waits for it is told to go on") {
  Shouter shouter;
  TestServer server(TestServer::short_deadlines(), shouter.router());
  RawClient client(server.port());
  client.send(kChunked + "Expect: 100-continue\r\n\r\n");
  CHECK(client.until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(client.until("\r\n\r\n").starts_with("HTTP/1.1 200 "));
  client.send("1\r\na\r\n0\r\n\r\n");
  CHECK(client.rest().ends_with(".\r\n0\r\n\r\n"));
}

TEST_CASE("a refusal needs nothing of the body, and ends the connection") {
  Shouter shouter;
  TestServer server(TestServer::short_deadlines(), shouter.router());
  RawClient client(server.port());
  client.send(kChunked + "Refuse: yes\r\n\r\n5\r\nab");
  const RawResponse refusal = client.response();
  CHECK(refusal.status == 403);
  CHECK(refusal.fields.at("connection") == "close");
  CHECK(client.rest().empty());
  RawClient json(server.port());
  CHECK(json.ask(post("/shout", "{}", "Content-Type: application/json\r\n")).status == 415);
}

TEST_CASE("broken framing ends the answer without a last chunk") {
  Shouter shouter;
  TestServer server(TestServer::short_deadlines(), shouter.router());
  RawClient client(server.port());
  client.send(kChunked + "\r\n3\r\nabc\r\nzz\r\n");
  CHECK(client.rest().find("0\r\n\r\n") == std::string::npos);
  CHECK(shouter.closed_become(1));
}

TEST_CASE("who does not read is paused, and dropped with his body") {
  Shouter shouter;
  TestServer server(TestServer::short_deadlines(), shouter.router());
  RawClient client(server.port(), 4096);
  client.send(kChunked + "\r\n");
  const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  std::string out;
  std::size_t taken = 0;
  while (!shouter.closed_become_at_once(1)) {
    if (out.empty()) out = chunk;
    const std::size_t now = client.send_some(out);
    out.erase(0, now);
    taken += now;
    REQUIRE(taken < 100'000'000);
  }
  CHECK(shouter.heard() < 1'000'000);
}

TEST_CASE("who is listened to and sends nothing is dropped") {
  Shouter shouter;
  ServerConfig config = TestServer::short_deadlines();
  config.timeouts.idle = 300ms;
  TestServer server(config, shouter.router());
  RawClient client(server.port());
  client.send(kChunked + "\r\n1\r\na\r\n");
  CHECK(client.rest().find("0\r\n\r\n") == std::string::npos);
  CHECK(shouter.closed_become(1));
}

TEST_CASE("a drain ends the answer without a last chunk") {
  Shouter shouter;
  TestServer server(TestServer::short_deadlines(), shouter.router());
  RawClient client(server.port());
  client.send(kChunked + "\r\n1\r\na\r\n");
  CHECK(client.until("A\r\n").ends_with("1\r\nA\r\n"));
  CHECK(server->drain(20s));
  CHECK(client.rest().empty());
  CHECK(shouter.closed_become(1));
}

}  // namespace
}  // namespace flashpoll::http
