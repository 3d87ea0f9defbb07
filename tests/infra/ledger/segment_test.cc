#include "infra/ledger/segment.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "infra/runtime/fault.h"

namespace flashpoll::ledger {
namespace {

constexpr SegmentHead kHead{3, 100, 2, 1'800'000'000'000};

std::vector<Record> read(SegmentHead head, std::string_view payload) {
  std::vector<Record> records;
  read_segment(head, payload, records);
  return records;
}

}  // namespace

TEST_CASE("a segment's bytes never change") {
  SegmentWriter plain;
  plain.add("key", "value");
  plain.add("", std::string(200, 'x'));
  CHECK(plain.bytes() ==
        std::string("\1\3key\5value", 11) + std::string("\0\xc8\1", 3) + std::string(200, 'x'));
  CHECK(plain.count() == 2);
  SegmentWriter timed;
  timed.add("k", "v", 0x0102030405060708);
  CHECK(timed.bytes() == "\2\x08\7\6\5\4\3\2\1\1k\1v");
}

TEST_CASE("records come back with place and time") {
  SegmentWriter writer;
  writer.add("a", "1");
  writer.add("b", "");
  const auto records = read(kHead, writer.bytes());
  REQUIRE(records.size() == 2);
  CHECK(records[0].partition == 3);
  CHECK(records[0].offset == 100);
  CHECK(records[1].offset == 101);
  CHECK(records[1].append_time_ms == kHead.append_time_ms);
  CHECK(records[1].key == "b");
  CHECK(records[1].value.empty());
}

TEST_CASE("an imported record keeps its own time") {
  SegmentWriter writer;
  writer.add("a", "1", 5);
  writer.add("b", "2", -7);
  const auto records = read(kHead, writer.bytes());
  REQUIRE(records.size() == 2);
  CHECK(records[0].append_time_ms == 5);
  CHECK(records[1].append_time_ms == -7);
}

TEST_CASE("a payload that does not fit its row is damaged") {
  SegmentWriter writer;
  writer.add("key", "value");
  writer.add("key", "value");
  const std::string whole(writer.bytes());
  CHECK(read(kHead, whole).size() == 2);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK_THROWS_AS(read(kHead, whole.substr(0, size)), Corrupt);
  }
  CHECK_THROWS_AS(read(kHead, whole + "x"), Corrupt);
  CHECK_THROWS_AS(read({3, 100, 1, 0}, whole), Corrupt);
  CHECK_THROWS_AS(read({3, 100, 3, 0}, whole), Corrupt);
  CHECK_THROWS_AS(read(kHead, "\3" + whole.substr(1)), Corrupt);
  CHECK_THROWS_AS(read({3, 100, 1, 0}, std::string("\1\x80\0\0", 4)), Corrupt);
  CHECK_THROWS_AS(read({3, 100, 1, 0}, "\1\xff\xff\xff\xff\xff\xff"), Corrupt);
}

TEST_CASE("whatever was written is read") {
  const auto seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto text = [&] { return std::string(random() % 300, static_cast<char>(random())); };
  for (int round = 0; round < 200; ++round) {
    SegmentWriter writer;
    std::vector<std::pair<std::string, std::string>> expected(1 + random() % 20);
    const bool timed = round % 2 == 0;
    for (auto& [key, value] : expected) {
      key = text();
      value = text();
      writer.add(key, value, timed ? std::optional<std::int64_t>(round) : std::nullopt);
    }
    const auto records = read({0, 0, writer.count(), 0}, writer.bytes());
    REQUIRE(records.size() == expected.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
      CHECK(records[i].key == expected[i].first);
      CHECK(records[i].value == expected[i].second);
    }
  }
}

}  // namespace flashpoll::ledger
