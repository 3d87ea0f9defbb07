#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace flashpoll::http {

struct RawResponse {
  int status = 0;
  std::string head;                           ///< as sent, without the empty line
  std::map<std::string, std::string> fields;  ///< names in lower case
  std::string body;

  /// The member `code` of a problem.
  [[nodiscard]] std::string code() const;
};

/// A client that sends any bytes whatever, for tests. Every wait ends after 20 s with a failed
/// test.
class RawClient {
 public:
  /// `receive_bytes`: the socket's receive buffer; 0: the system's.
  explicit RawClient(std::uint16_t port, int receive_bytes = 0);
  ~RawClient();
  RawClient(RawClient&& other) noexcept;
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  /// What a server that has closed does not take is nobody's loss.
  void send(std::string_view bytes);
  /// What the kernel takes now.
  std::size_t send_some(std::string_view bytes);
  /// Sends, and reads one answer framed by its length; `has_body` false for HEAD.
  RawResponse ask(std::string_view bytes, bool has_body = true);
  RawResponse response(bool has_body = true);
  /// Reads up to and including `mark`.
  std::string until(std::string_view mark);
  std::string exactly(std::size_t size);
  /// Reads to the end of the connection, orderly or not.
  std::string rest();
  /// Whether nothing comes, not even the end, for that long.
  bool silent_for(std::chrono::milliseconds time);
  void end_sending() const;

 private:
  bool read_more();
  [[nodiscard]] bool readable(std::chrono::milliseconds within) const;

  int descriptor_ = -1;
  std::string in_;
};

/// A plain GET with a Host.
[[nodiscard]] std::string get(std::string_view target, std::string_view fields = "");
[[nodiscard]] std::string post(std::string_view target, std::string_view body,
                               std::string_view fields = "");

}  // namespace flashpoll::http
