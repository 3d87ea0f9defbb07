#include "infra/http/client.h"

#include <utility>

#include "infra/http/client_connection.h"
#include "infra/http/client_message.h"
#include "infra/runtime/fault.h"

namespace flashpoll::http {

namespace {

std::string request_bytes(std::string_view method, const Url& url,
                          const std::vector<Header>& headers, std::string_view body) {
  std::string bytes = request_head(method, url, headers);
  if (!body.empty() || method == "POST" || method == "PUT") {
    bytes.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  }
  return bytes.append("\r\n").append(body);
}

ClientResponse receive_head(ClientConnection& connection, std::string& rest, Deadline deadline) {
  while (true) {
    if (auto response = take_head(rest)) return std::move(*response);
    if (!connection.receive(rest, deadline)) malformed();
  }
}

void receive_body(ClientConnection& connection, std::string rest, BodyReader& reader,
                  std::string& body, Deadline deadline) {
  while (!reader.feed(rest, body)) {
    if (body.size() > kMaxClientBody) malformed();
    rest.clear();
    if (connection.receive(rest, deadline)) continue;
    if (!reader.until_close()) throw Unavailable("the server broke off its answer");
    return;
  }
}

Deadline in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

}  // namespace

ClientResponse Client::request(std::string_view method, std::string_view url,
                               const std::vector<Header>& headers, std::string_view body) const {
  const Url parsed(url);
  ClientConnection connection(parsed, in(timeouts_.connect));
  const Deadline deadline = in(timeouts_.answer);
  connection.send(request_bytes(method, parsed, headers, body), deadline);
  std::string rest;
  ClientResponse response = receive_head(connection, rest, deadline);
  BodyReader reader(response, method == "HEAD");
  receive_body(connection, std::move(rest), reader, response.body, deadline);
  return response;
}

ClientResponse Client::lines(std::string_view url, const std::vector<Header>& headers,
                             const std::function<bool(std::string_view line)>& line) const {
  const Url parsed(url);
  ClientConnection connection(parsed, in(timeouts_.connect));
  connection.send(request_bytes("GET", parsed, headers, {}), in(timeouts_.answer));
  std::string rest;
  ClientResponse response = receive_head(connection, rest, in(timeouts_.answer));
  BodyReader reader(response, false);
  if (response.status != 200) {
    receive_body(connection, std::move(rest), reader, response.body, in(timeouts_.answer));
    return response;
  }
  std::string text;
  while (true) {
    const bool all = reader.feed(rest, text);
    if (!hand_over(text, line) || all) return response;
    rest.clear();
    if (connection.receive(rest, in(timeouts_.silence))) continue;
    if (!reader.until_close()) throw Unavailable("the server broke off its answer");
    return response;
  }
}

}  // namespace flashpoll::http
