#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infra/http/chunked.h"
#include "infra/http/client.h"
#include "infra/http/client_connection.h"

/// Requests and answers as bytes, for the clients of this folder. They throw Unavailable when an
/// answer is no proper HTTP/1.1.
namespace flashpoll::http {

inline constexpr std::size_t kMaxClientBody = 64 * 1024 * 1024;

[[noreturn]] void malformed();

/// Request line and fields, without those of the body's framing and the empty line. Throws
/// Misconfigured when a header cannot be sent.
[[nodiscard]] std::string request_head(std::string_view method, const Url& url,
                                       const std::vector<Header>& headers);

/// Takes one head from the front of `bytes`, and interim ones before it. Nothing while it is not
/// whole.
[[nodiscard]] std::optional<ClientResponse> take_head(std::string& bytes);

/// Takes the body of one answer out of the bytes that come.
class BodyReader {
 public:
  BodyReader(const ClientResponse& response, bool bodiless);

  /// Appends content to `body`; true when that was all.
  bool feed(std::string_view bytes, std::string& body);
  /// Whether the end of the connection is the end of the body.
  [[nodiscard]] bool until_close() const { return !chunks_ && !left_; }

 private:
  std::optional<ChunkedDecoder> chunks_;
  std::optional<std::size_t> left_;
};

/// Hands over the whole lines of `text` and leaves the rest. False when no more are wanted.
bool hand_over(std::string& text, const std::function<bool(std::string_view)>& line);

}  // namespace flashpoll::http
