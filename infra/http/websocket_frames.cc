#include "infra/http/websocket_frames.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <utility>

#include "infra/json/json.h"
#include "infra/runtime/check.h"

namespace flashpoll::http {

namespace {

constexpr std::size_t kMaxControl = 125;

unsigned byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}

bool is_control(Opcode opcode) { return (static_cast<unsigned>(opcode) & 0x8) != 0; }

bool is_known(Opcode opcode) {
  switch (opcode) {
    case Opcode::continuation:
    case Opcode::text:
    case Opcode::binary:
    case Opcode::close:
    case Opcode::ping:
    case Opcode::pong:
      return true;
  }
  return false;
}

/// Whether the payload of a close frame is empty, or a code that may be sent and a text.
bool is_close(std::string_view payload) {
  if (payload.empty()) return true;
  if (payload.size() == 1) return false;
  const unsigned code = byte_at(payload, 0) << 8 | byte_at(payload, 1);
  const bool standard =
      code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
  return (standard || (code >= 3000 && code <= 4999)) && json::valid_utf8(payload.substr(2));
}

}  // namespace

/// Two bytes, the longer forms of the length, and the mask.
std::size_t FrameReader::head_size() const {
  if (head_.size() < 2) return 2;
  const unsigned length = byte_at(head_, 1) & 0x7F;
  const std::size_t extra = length == 126 ? 2U : length == 127 ? 8U : 0U;
  return 2 + extra + ((byte_at(head_, 1) & 0x80) != 0 ? 4 : 0);
}

/// True when the head is whole.
bool FrameReader::take_head(std::string_view& bytes) {
  while (head_.size() < head_size() && !bytes.empty()) {
    const std::string_view part = bytes.substr(0, head_size() - head_.size());
    head_.append(part);
    bytes.remove_prefix(part.size());
  }
  return head_.size() == head_size();
}

FrameReader::Step FrameReader::begin_frame() {
  const unsigned first = byte_at(head_, 0);
  const unsigned second = byte_at(head_, 1);
  const bool masked = (second & 0x80) != 0;
  // Reserved bits mean extensions, of which there are none; a client masks.
  if ((first & 0x70) != 0 || !masked) return CloseCode::protocol_error;
  const std::size_t digits = head_.size() - 2 - 4;
  std::uint64_t length = second & 0x7F;
  if (digits > 0) {
    length = 0;
    for (std::size_t i = 0; i < digits; ++i) length = length << 8 | byte_at(head_, 2 + i);
    // The shortest form only.
    if (length < (digits == 2 ? 126U : 65'536U)) return CloseCode::protocol_error;
  }
  frame_ = {static_cast<Opcode>(first & 0x0F), (first & 0x80) != 0, length};
  mask_ = head_.substr(head_.size() - 4);
  head_.clear();
  in_frame_ = true;
  return check_frame(frame_);
}

FrameReader::Step FrameReader::check_frame(const FrameHead& frame) const {
  if (!is_known(frame.opcode)) return CloseCode::protocol_error;
  if (is_control(frame.opcode)) {
    if (frame.last && frame.length <= kMaxControl) return std::monostate();
    return CloseCode::protocol_error;
  }
  if (in_message_ != (frame.opcode == Opcode::continuation)) return CloseCode::protocol_error;
  if (frame.opcode == Opcode::binary) return CloseCode::policy_violation;
  if (frame.length > limit_ - message_.size()) return CloseCode::too_big;
  return std::monostate();
}

FrameReader::Step FrameReader::take_payload(std::string_view& bytes) {
  const std::string_view part = bytes.substr(0, frame_.length - payload_.size());
  for (const char c : part) payload_ += static_cast<char>(c ^ mask_[payload_.size() % 4]);
  bytes.remove_prefix(part.size());
  if (payload_.size() < frame_.length) return std::monostate();
  in_frame_ = false;
  return end_frame();
}

FrameReader::Step FrameReader::end_frame() {
  std::string payload = std::exchange(payload_, {});
  if (is_control(frame_.opcode)) {
    if (frame_.opcode == Opcode::close && !is_close(payload)) return CloseCode::protocol_error;
    return Message{frame_.opcode, std::move(payload)};
  }
  message_ += payload;
  in_message_ = !frame_.last;
  if (in_message_) return std::monostate();
  Message whole{Opcode::text, std::exchange(message_, {})};
  if (!json::valid_utf8(whole.payload)) return CloseCode::bad_text;
  return whole;
}

std::variant<std::monostate, Message, CloseCode> FrameReader::next(std::string_view& bytes) {
  while (true) {
    if (!in_frame_) {
      if (!take_head(bytes)) return std::monostate();
      Step begun = begin_frame();
      if (!std::holds_alternative<std::monostate>(begun)) return begun;
    }
    Step taken = take_payload(bytes);
    if (in_frame_ || !std::holds_alternative<std::monostate>(taken)) return taken;
  }
}

std::string frame_head(Opcode opcode, std::size_t length) {
  std::string head(1, static_cast<char>(0x80 | static_cast<unsigned>(opcode)));
  int digits = 0;
  if (length <= kMaxControl) {
    head += static_cast<char>(length);
  } else {
    digits = length < 65'536 ? 2 : 8;
    head += static_cast<char>(digits == 2 ? 126 : 127);
  }
  for (int shift = (digits - 1) * 8; shift >= 0; shift -= 8) {
    head += static_cast<char>(length >> shift & 0xFF);
  }
  return head;
}

std::string close_payload(int code, std::string_view reason) {
  std::string payload;
  payload += static_cast<char>(code >> 8 & 0xFF);
  payload += static_cast<char>(code & 0xFF);
  return payload.append(reason.substr(0, kMaxControl - 2));
}

std::string accept_key(std::string_view key) {
  const std::string joined = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  const int done =
      EVP_Digest(joined.data(), joined.size(), digest.data(), &size, EVP_sha1(), nullptr);
  FP_CHECK(done == 1 && size == 20, "SHA-1 is there, as RFC 6455 needs it");
  std::array<unsigned char, 32> text;
  const int length = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(size));
  return {text.begin(), text.begin() + length};
}

}  // namespace flashpoll::http
