#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infra/http/client.h"
#include "infra/http/client_connection.h"
#include "infra/http/client_message.h"

namespace flashpoll::http {

/// One POST whose body goes out piece by piece while the lines of its answer come in. One thread.
/// Every member throws Unavailable when the server is not reached, breaks off, or leaves its head
/// out for too long.
class ClientUpload {
 public:
  /// Connects. Throws Misconfigured when the URL is none.
  ClientUpload(std::string_view url, const std::vector<Header>& headers,
               ClientTimeouts timeouts = {});

  /// Adds a piece of the body; it goes out in the next turns.
  void write(std::string_view piece);
  /// The body is whole.
  void finish();
  /// Bytes that did not go out yet.
  [[nodiscard]] std::size_t unsent() const { return out_.size() - sent_; }

  /// Sends and receives what can be now, waiting for it at most `wait`, and hands over the lines
  /// that came. False when the answer is whole.
  bool turn(std::chrono::milliseconds wait, const std::function<void(std::string_view)>& line);

  /// The answer's head, once it came; when that is not 200, with the whole body at the end.
  [[nodiscard]] const std::optional<ClientResponse>& response() const { return response_; }

 private:
  void send();
  bool receive(const std::function<void(std::string_view)>& line);

  ClientConnection connection_;
  const Deadline head_by_;
  std::string out_;
  std::size_t sent_ = 0;  ///< of it
  std::string in_;
  std::string text_;  ///< the beginning of a line of the answer
  std::optional<ClientResponse> response_;
  std::optional<BodyReader> reader_;
};

}  // namespace flashpoll::http
