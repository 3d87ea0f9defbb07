#include "events/codec.h"

#include <doctest/doctest.h>

#include "events/json_envelope.h"

using namespace flashpoll::events;

namespace {

constexpr std::string_view kKey = "7Q2M9X4KTB3D";
constexpr std::string_view kClosed = R"({"type":"poll.closed.v1","poll":"7Q2M9X4KTB3D",)"
                                     R"("id":"01932a5e-7c00-7abc-8def-0123456789ab","by":"owner"})";

Decoded decode_at(std::uint32_t partition, std::string_view key, std::string_view value,
                  std::uint32_t partition_count = 12) {
  return decode({.partition = partition, .key = key, .value = value}, partition_count);
}

bool is_stray(const Decoded& decoded, StrayCause cause) {
  const auto* stray = std::get_if<Stray>(&decoded);
  return stray != nullptr && stray->cause == cause;
}

std::string nested(std::size_t depth, char open, char close) {
  return std::string(depth, open) + std::string(depth, close);
}

}  // namespace

TEST_CASE("an event counts only under its own key, in the key's partition") {
  const std::uint32_t home = partition_of(kKey, 12);
  CHECK(std::holds_alternative<Event>(decode_at(home, kKey, kClosed)));
  CHECK(is_stray(decode_at((home + 1) % 12, kKey, kClosed), StrayCause::wrong_key));
  for (const std::string_view key : {"", "7Q2M9X4KTB3E", "7q2m9x4ktb3d", "7Q2M9X4KTB3D "}) {
    CAPTURE(key);
    CHECK(is_stray(decode_at(partition_of(key, 12), key, kClosed), StrayCause::wrong_key));
  }
  CHECK(std::holds_alternative<Event>(decode_at(0, kKey, kClosed, 1)));
}

TEST_CASE("an unknown type in the wrong place is a stray and parks nothing") {
  constexpr std::string_view kUnknown = R"({"type":"a.b.v1","poll":"7Q2M9X4KTB3D"})";
  const std::uint32_t home = partition_of(kKey, 12);
  CHECK(std::holds_alternative<Unknown>(decode_at(home, kKey, kUnknown)));
  CHECK(is_stray(decode_at((home + 1) % 12, kKey, kUnknown), StrayCause::wrong_key));
  CHECK(is_stray(decode_at(partition_of("x", 12), "x", kUnknown), StrayCause::wrong_key));
}

TEST_CASE("deep nesting is refused at any length, in bounded memory") {
  for (const std::size_t depth : {17UL, 1000UL, 32000UL, 1000000UL}) {
    CAPTURE(depth);
    CHECK_FALSE(read_envelope(R"({"type":"a.b.v1","poll":)" + nested(depth, '[', ']') + "}"));
    CHECK_FALSE(read_envelope(std::string(depth, '[')));
    CHECK_FALSE(read_envelope(std::string(depth, '{')));
    CHECK_FALSE(read_envelope(R"({"a":)" + std::string(depth, '[')));
  }
  CHECK(read_envelope(R"({"a":)" + nested(15, '[', ']') + "}"));
  CHECK_FALSE(read_envelope(R"({"a":)" + nested(16, '[', ']') + "}"));
}

TEST_CASE("many keys are compared quickly") {
  std::string members;
  for (int i = 0; i < 7000; ++i) members += "\"" + std::to_string(i) + "\":0,";
  CHECK(read_envelope("{" + members + R"("last":0})"));
  CHECK_FALSE(read_envelope("{" + members + R"("0":0})"));
}

TEST_CASE("the size limit counts all bytes") {
  const auto of_size = [](std::size_t size) {
    const std::string head = R"({"type":"a.b.v1","poll":"7Q2M9X4KTB3D"})";
    return head + std::string(size - head.size(), ' ');
  };
  CHECK(std::holds_alternative<Unknown>(
      decode_at(partition_of(kKey, 12), kKey, of_size(kMaxEventBytes))));
  CHECK(is_stray(decode_at(partition_of(kKey, 12), kKey, of_size(kMaxEventBytes + 1)),
                 StrayCause::not_json));
}

TEST_CASE("an event whose bytes are too long is a stray") {
  PollOpened poll;
  poll.poll = *PollId::parse(kKey);
  poll.closes_at = 1;
  poll.choices = {"yes"};
  const std::size_t rest = encode(poll).size();
  poll.question.assign(kMaxEventBytes - rest, 'x');
  CHECK(std::holds_alternative<Event>(decode_at(partition_of(kKey, 12), kKey, encode(poll))));
  poll.question += 'x';
  CHECK(is_stray(decode_at(partition_of(kKey, 12), kKey, encode(poll)), StrayCause::not_json));
}

TEST_CASE("an entry is its time, a space and the bytes") {
  CHECK(entry_line(1795176000123, "{}") == "1795176000123 {}");
  CHECK(entry_line(0, kClosed) == "0 " + std::string(kClosed));
}

TEST_CASE("stray causes have names") {
  CHECK(name(StrayCause::not_json) == "not_json");
  CHECK(name(StrayCause::never_opened) == "never_opened");
}
