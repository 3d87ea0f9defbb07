#include "infra/http/websocket_frames.h"

#include <doctest/doctest.h>

#include <vector>

namespace flashpoll::http {
namespace {

/// A masked frame: first byte, then the length in the shortest form, or in `digits` bytes.
std::string masked(unsigned first, const std::string& payload, int digits = -1) {
  const std::string mask = "\x01\x80\xFF\x5A";
  if (digits < 0) digits = payload.size() < 126 ? 0 : payload.size() < 65'536 ? 2 : 8;
  std::string bytes(1, static_cast<char>(first));
  bytes += static_cast<char>(0x80U | (digits == 0 ? payload.size() : digits == 2 ? 126U : 127U));
  for (int shift = (digits - 1) * 8; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(payload.size() >> shift & 0xFF);
  }
  bytes += mask;
  for (std::size_t i = 0; i < payload.size(); ++i) {
    bytes += static_cast<char>(payload[i] ^ mask[i % 4]);
  }
  return bytes;
}

/// What comes out, as text: `1:payload` for each message, `!code` at a violation.
std::vector<std::string> read(const std::string& bytes, std::size_t piece,
                              std::size_t limit = 200) {
  FrameReader reader(limit);
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin < bytes.size(); begin += piece) {
    std::string_view rest = std::string_view(bytes).substr(begin, piece);
    while (true) {
      auto next = reader.next(rest);
      if (std::holds_alternative<std::monostate>(next)) break;
      if (const auto* code = std::get_if<CloseCode>(&next)) {
        out.push_back("!" + std::to_string(static_cast<int>(*code)));
        return out;
      }
      const auto& message = std::get<Message>(next);
      out.push_back(std::to_string(static_cast<int>(message.opcode)) + ":" + message.payload);
    }
    CHECK(rest.empty());
  }
  return out;
}

struct Case {
  std::string bytes;
  std::vector<std::string> out;
};

std::vector<Case> cases() {
  const std::string full(200, 'm');
  const std::string close = "\x03\xE8 bye";
  return {
      {masked(0x81, "one") + masked(0x81, ""), {"1:one", "1:"}},
      {masked(0x81, full), {"1:" + full}},
      {masked(0x01, "a") + masked(0x89, "p") + masked(0x00, "") + masked(0x80, "b"),
       {"9:p", "1:ab"}},
      {masked(0x01, "\xC3") + masked(0x80, "\xA9"), {"1:\xC3\xA9"}},
      {masked(0x8A, "pong") + masked(0x88, close), {"10:pong", "8:" + close}},
      {masked(0x88, ""), {"8:"}},
      {masked(0x81, "ok") + masked(0x81, full + "m"), {"1:ok", "!1009"}},
      {masked(0x01, full) + masked(0x80, "m"), {"!1009"}},
      {std::string("\x81\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0\0\0\0", 14), {"!1009"}},
      {std::string("\x81\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0\0\0\0", 14), {"!1009"}},
      {masked(0x82, "x"), {"!1008"}},
      {masked(0x81, "\xFF"), {"!1007"}},
      {masked(0x01, "\xC3") + masked(0x80, "x"), {"!1007"}},
      {std::string("\x81\x01x", 3), {"!1002"}},
      {masked(0xC1, "x"), {"!1002"}},
      {masked(0xA1, "x"), {"!1002"}},
      {masked(0x91, "x"), {"!1002"}},
      {masked(0x83, "x"), {"!1002"}},
      {masked(0x8B, "x"), {"!1002"}},
      {masked(0x80, "x"), {"!1002"}},
      {masked(0x01, "x") + masked(0x81, "y"), {"!1002"}},
      {masked(0x09, "x"), {"!1002"}},
      {masked(0x89, std::string(126, 'x')), {"!1002"}},
      {masked(0x81, "x", 2), {"!1002"}},
      {masked(0x81, full, 8), {"!1002"}},
      {masked(0x88, "x"), {"!1002"}},
      {masked(0x88, "\x03\xED"), {"!1002"}},
      {masked(0x88, "\x03\xE7"), {"!1002"}},
      {masked(0x88, "\x13\x88"), {"!1002"}},
      {masked(0x88, "\x03\xE8\xFF"), {"!1002"}},
      {masked(0x81, "x").substr(0, 6), {}},
  };
}

TEST_CASE("frames of clients, whole and however they are cut") {
  for (const Case& test : cases()) {
    CAPTURE(test.bytes);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{100'000}}) {
      CHECK(read(test.bytes, piece) == test.out);
    }
  }
}

TEST_CASE("endless empty fragments are no message and no memory") {
  std::string bytes = masked(0x01, "");
  for (int i = 0; i < 10'000; ++i) bytes += masked(0x00, "");
  CHECK(read(bytes, 1000).empty());
}

TEST_CASE("heads of frames have the shortest length") {
  CHECK(frame_head(Opcode::text, 0) == std::string("\x81\x00", 2));
  CHECK(frame_head(Opcode::pong, 125) == "\x8A\x7D");
  CHECK(frame_head(Opcode::text, 126) == std::string("\x81\x7E\x00\x7E", 4));
  CHECK(frame_head(Opcode::text, 65'535) == "\x81\x7E\xFF\xFF");
  CHECK(frame_head(Opcode::text, 65'536) == std::string("\x81\x7F\0\0\0\0\0\x01\0\0", 10));
}

TEST_CASE("closes fit into a control frame; the key is accepted as in the RFC") {
  CHECK(close_payload(1013, "slow") == "\x03\xF5slow");
  CHECK(close_payload(1000, std::string(300, 'x')).size() == 125);
  CHECK(accept_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

}  // namespace
}  // namespace flashpoll::http
