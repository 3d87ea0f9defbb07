#include <doctest/doctest.h>

#include "tests/infra/http/raw_client.h"
#include "tests/infra/http/test_server.h"

namespace flashpoll::http {
namespace {

using namespace std::chrono_literals;

/// Sends the bytes with a second request behind them; the answer must be the only one, and the
/// connection ended.
RawResponse only_answer(TestServer& server, const std::string& bytes) {
  RawClient client(server.port());
  const auto began = std::chrono::steady_clock::now();
  RawResponse response = client.ask(bytes + get("/hello"));
  CHECK(response.fields.at("connection") == "close");
  CHECK(client.rest().empty());
  CHECK(std::chrono::steady_clock::now() - began < 5s);
  return response;
}

std::vector<std::string> smuggling_shapes() {
  const std::string line = "POST /echo HTTP/1.1\r\n";
  const std::string host = line + "Host: h\r\n";
  return {host + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
          host + "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\nG",
          host + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
          host + "Content-Length: 3\r\nContent-Length: 8\r\n\r\nabc",
          host + "Content-Length: 3, 3\r\n\r\nabc",
          host + "Content-Length: +3\r\n\r\nabc",
          host + "Content-Length: 3 \x0b\r\n\r\nabc",
          host + "Content-Length: 0x3\r\n\r\nabc",
          host + "Transfer-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
          host + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
          host + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
          host +
              "Transfer-Encoding:\x0b"
              "chunked\r\n\r\n0\r\n\r\n",
          host + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
          host + "X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
          host + "X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
          host + "X: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
          "POST /echo HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
          line + "\r\n",
          line + "Host: a\r\nHost: b\r\n\r\n",
          line + "Host: a, b\r\n\r\n",
          std::string("POST /echo HTTP/1.1\nHost: h\n\n"),
          std::string("PRI * HTTP/2.0\r\n\r\n"),
          std::string("\x16\x03\x01\x02\x00\x01", 6),
          "GET http://other/hello HTTP/1.1\r\nHost: h\r\n\r\n",
          host + "Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n",
          host + "Transfer-Encoding: chunked\r\n\r\n3;\nx\r\nabc\r\n0\r\n\r\n",
          host + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
          host + "Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n"};
}

TEST_CASE("smuggling shapes: one 400, then the end of the connection") {
  TestServer server;
  for (const std::string& bytes : smuggling_shapes()) {
    CAPTURE(bytes);
    const RawResponse response = only_answer(server, bytes);
    CHECK(response.status == 400);
    CHECK(response.code() == "bad_request");
  }
  CHECK(server.connections_become(0));
}

TEST_CASE("sizes: 414, 431 and 413 come before the excess is read") {
  TestServer server;
  const std::string long_target = get("/" + std::string(2048, 'a'));
  CHECK(only_answer(server, long_target).code() == "target_too_long");
  CHECK(only_answer(server, "GET /" + std::string(100'000, 'a')).status == 414);
  const std::string fields = "X: " + std::string(9000, 'x') + "\r\n";
  CHECK(only_answer(server, get("/hello", fields)).code() == "headers_too_large");
  const std::string post_line = "POST /echo HTTP/1.1\r\nHost: h\r\n";
  const RawResponse large = only_answer(server, post_line + "Content-Length: 1001\r\n\r\n");
  CHECK(large.status == 413);
  CHECK(large.code() == "body_too_large");
  CHECK(only_answer(server, post_line + "Content-Length: 99999999999999999999999\r\n\r\n").status ==
        413);
  const std::string chunk = "1f4\r\n" + std::string(500, 'x') + "\r\n";
  const std::string chunked = post_line + "Transfer-Encoding: chunked\r\n\r\n";
  CHECK(only_answer(server, chunked + chunk + chunk + "1\r\n").status == 413);
  CHECK(only_answer(server, post("/nothing", "body")).status == 404);
}

TEST_CASE("bodies at the limit, sized and chunked, are read whole") {
  TestServer server;
  RawClient client(server.port());
  const std::string body(1000, 'x');
  CHECK(client.ask(post("/echo", body)).body == "POST|127.0.0.1|" + body);
  const std::string half = "1f4\r\n" + body.substr(0, 500) + "\r\n";
  const std::string chunked =
      "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + half + half +
      "0\r\nTrailer: x\r\n\r\n";
  CHECK(client.ask(chunked + get("/hello")).body == "POST|127.0.0.1|" + body);
  CHECK(client.response().body == "hello");
}

TEST_CASE("100-continue is said when the body is wanted, and only then") {
  TestServer server;
  RawClient client(server.port());
  const std::string head = "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n";
  client.send(head + "Content-Length: 3\r\n\r\n");
  CHECK(client.until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(client.ask("abc").body == "POST|127.0.0.1|abc");
  CHECK(client.ask(head + "Content-Length: 3\r\n\r\nabc").body == "POST|127.0.0.1|abc");
  CHECK(client.ask(head + "Content-Length: 1001\r\n\r\n").status == 413);
  CHECK(client.rest().empty());
}

TEST_CASE("the address of a client behind a trusted proxy is the client's") {
  ServerConfig config = TestServer::short_deadlines();
  config.proxies = {"127.0.0.0/8", "10.0.0.0/8"};
  TestServer server(std::move(config));
  RawClient client(server.port());
  const std::string forwarded =
      "X-Forwarded-For: 6.6.6.6, 203.0.113.9\r\nX-Forwarded-For: 10.0.0.1\r\n";
  CHECK(client.ask(get("/echo", forwarded)).body == "GET|203.0.113.9|");
  CHECK(client.ask(get("/echo")).body == "GET|127.0.0.1|");
}

TEST_CASE("headers and cookies are found in any case and any field") {
  Router router;
  router.add("GET", "/cookies", [](const std::shared_ptr<Exchange>& exchange) {
    const Request& request = exchange->request();
    exchange->answer({.content_type = "text/plain",
                      .body = std::string(request.cookie("b").value_or("none")) + "|" +
                              std::string(request.cookie("c").value_or("none")) + "|" +
                              std::string(request.header("X-THING").value_or("none"))});
  });
  TestServer server(TestServer::short_deadlines(), std::move(router));
  RawClient client(server.port());
  CHECK(client.ask(get("/cookies", "cookie: a=1; b=2\r\nCookie: b=3; c=4\r\nx-thing:  5 \r\n"))
            .body == "2|4|5");
  CHECK(client.ask(get("/cookies")).body == "none|none|none");
}

}  // namespace
}  // namespace flashpoll::http
