#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

/// The frames of RFC 6455, section 5, as a server reads and writes them: no extensions, text only.
/// Pure.
namespace flashpoll::http {

enum class Opcode : std::uint8_t {
  continuation = 0x0,
  text = 0x1,
  binary = 0x2,
  close = 0x8,
  ping = 0x9,
  pong = 0xA,
};

/// Close codes of section 7.4.1 that this server sends.
enum class CloseCode : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  bad_text = 1007,
  policy_violation = 1008,
  too_big = 1009,
};

/// A whole message (`text`, put together from its fragments) or a control frame.
struct Message {
  Opcode opcode;
  std::string payload;
};

/// Reads what a client sends, however it is cut. Holds at most one message and one frame's head.
class FrameReader {
 public:
  explicit FrameReader(std::size_t message_limit) : limit_(message_limit) {}

  /// Takes from the front of `bytes` up to and including the next message. Nothing when all was
  /// taken and none is whole; a code when the client breaks the protocol, which is final.
  [[nodiscard]] std::variant<std::monostate, Message, CloseCode> next(std::string_view& bytes);

 private:
  struct FrameHead {
    Opcode opcode;
    bool last;
    std::uint64_t length;
  };
  using Step = std::variant<std::monostate, Message, CloseCode>;

  bool take_head(std::string_view& bytes);
  [[nodiscard]] std::size_t head_size() const;
  Step begin_frame();
  Step check_frame(const FrameHead& frame) const;
  Step take_payload(std::string_view& bytes);
  Step end_frame();

  const std::size_t limit_;
  std::string head_;  ///< bytes of a frame's head that is not whole yet
  bool in_frame_ = false;
  FrameHead frame_{};
  std::string mask_;
  std::string payload_;  ///< of the frame that is being read
  bool in_message_ = false;
  std::string message_;  ///< fragments before it
};

/// The head of an unmasked, unfragmented frame.
[[nodiscard]] std::string frame_head(Opcode opcode, std::size_t length);
/// Payload of a close frame; a reason is cut to what fits.
[[nodiscard]] std::string close_payload(int code, std::string_view reason);
/// `Sec-WebSocket-Accept` for a client's key (section 4.2.2).
[[nodiscard]] std::string accept_key(std::string_view key);

}  // namespace flashpoll::http
