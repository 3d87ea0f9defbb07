#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infra/http/http.h"

namespace flashpoll::http {

struct ClientTimeouts {
  std::chrono::milliseconds connect{5'000};
  std::chrono::milliseconds answer{30'000};   ///< the whole answer, from the request
  std::chrono::milliseconds silence{45'000};  ///< between two lines of a stream
};

struct ClientResponse {
  int status = 0;
  std::vector<Header> headers;
  std::string body;

  /// First value, name in any case.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

/// A blocking HTTP/1.1 client for the command line: `http://` only, as the gateway does TLS. One
/// connection for each request. Throws Unavailable when the server is not reached, breaks off or is
/// silent for too long, Misconfigured when the URL is none.
class Client {
 public:
  explicit Client(ClientTimeouts timeouts = {}) : timeouts_(timeouts) {}

  /// Bodies of at most 64 MiB.
  [[nodiscard]] ClientResponse request(std::string_view method, std::string_view url,
                                       const std::vector<Header>& headers = {},
                                       std::string_view body = {}) const;

  /// GET, then each line of the answer without its end, until the server ends it or `line` gives
  /// false. An answer that is not 200 calls nothing and comes back with its body.
  ClientResponse lines(std::string_view url, const std::vector<Header>& headers,
                       const std::function<bool(std::string_view line)>& line) const;

 private:
  ClientTimeouts timeouts_;
};

}  // namespace flashpoll::http
