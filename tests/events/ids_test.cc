#include "events/ids.h"

#include <doctest/doctest.h>

#include "tests/events/random_events.h"
#include "tests/events/seed.h"

using namespace flashpoll::events;

TEST_CASE("poll ids have one spelling") {
  CHECK(PollId(0).text() == "000000000000");
  CHECK(PollId(~std::uint64_t{0}).text() == "ZZZZZZZZZZZZ");
  CHECK(PollId(31).text() == "00000000000Z");
  CHECK(PollId::parse("00000000000Z") == PollId(31));
  CHECK(PollId::parse("10000000000G")->bits() == ((std::uint64_t{1} << 55) | 16));
  for (const std::string_view wrong :
       {"", "0", "00000000000z", "00000000000I", "00000000000L", "00000000000O", "00000000000U",
        "0000000000000", "00000000000 ", "00000000000\xC3"}) {
    CAPTURE(wrong);
    CHECK_FALSE(PollId::parse(wrong));
  }
}

TEST_CASE("uuids have one spelling, clients may use another") {
  const auto uuid = Uuid::parse("01932a5e-7c00-7abc-8def-0123456789ab");
  REQUIRE(uuid);
  CHECK(uuid->bytes[0] == 0x01);
  CHECK(uuid->bytes[15] == 0xAB);
  CHECK(uuid->text() == "01932a5e-7c00-7abc-8def-0123456789ab");
  CHECK_FALSE(Uuid::parse("01932A5E-7C00-7ABC-8DEF-0123456789AB"));
  CHECK(Uuid::parse_any_case("01932A5E-7C00-7ABC-8DEF-0123456789AB") == uuid);
  for (const std::string_view wrong :
       {"", "01932a5e-7c00-7abc-8def-0123456789a", "01932a5e-7c00-7abc-8def-0123456789abc",
        "01932a5e07c0007abc08def00123456789ab", "{1932a5e-7c00-7abc-8def-0123456789a}",
        "01932a5e-7c00-7abc-8def-0123456789ag", "0-932a5e17c00-7abc-8def-0123456789ab"}) {
    CAPTURE(wrong);
    CHECK_FALSE(Uuid::parse_any_case(wrong));
  }
}

TEST_CASE("a version 7 uuid begins with its time") {
  // RFC 9562 appendix A.6: 2022-02-22 14:22:22 -05:00.
  const Uuid uuid =
      uuid_v7(0x017F22E279B0, {0x0C, 0xC3, 0x18, 0xC4, 0xDC, 0x0C, 0x0C, 0x07, 0x39, 0x8F});
  CHECK(uuid.text() == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

TEST_CASE("a version 8 uuid keeps all bits but six") {
  const std::array<std::uint8_t, 16> ones = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                             0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
  CHECK(uuid_v8(ones.data()).text() == "ffffffff-ffff-8fff-bfff-ffffffffffff");
}

TEST_CASE("base64url as in RFC 4648, strictly") {
  const auto encoded = [](std::string_view bytes) {
    std::string out;
    append_base64url(out, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    return out;
  };
  CHECK(encoded("") == "");
  CHECK(encoded("f") == "Zg");
  CHECK(encoded("fo") == "Zm8");
  CHECK(encoded("foo") == "Zm9v");
  CHECK(encoded("foob") == "Zm9vYg");
  CHECK(encoded("\xFB\xFF\xFE") == "-__-");
  std::uint8_t bytes[2];
  CHECK(parse_base64url("Zm8", bytes, 2));
  CHECK((bytes[0] == 'f' && bytes[1] == 'o'));
  CHECK_FALSE(parse_base64url("Zm9", bytes, 2));
  CHECK_FALSE(parse_base64url("Zm8=", bytes, 2));
  CHECK_FALSE(parse_base64url("Zm8A", bytes, 2));
  CHECK_FALSE(parse_base64url("Zm", bytes, 2));
  CHECK_FALSE(parse_base64url("+m8", bytes, 2));
  CHECK_FALSE(VoterTag::parse("AAAAAAAAAAAAAAAAAAAAAB"));
  CHECK(VoterTag::parse("AAAAAAAAAAAAAAAAAAAAAA") == VoterTag{});
}

TEST_CASE("every id reads its own text back") {
  testing::RandomEvents random(testing::test_seed("ids"));
  for (int i = 0; i < 500; ++i) {
    const PollId poll = random.poll();
    const Uuid uuid = random.uuid();
    const VoterTag voter = random.voter();
    REQUIRE(PollId::parse(poll.text()) == poll);
    REQUIRE(Uuid::parse(uuid.text()) == uuid);
    REQUIRE(VoterTag::parse(voter.text()) == voter);
    REQUIRE(voter.text().size() == 22);
  }
}

TEST_CASE("partitions are those of Kafka's own client") {
  // Expected hashes from the tests of org.apache.kafka.common.utils.Utils.
  const auto hash = [](std::string_view key) { return partition_of(key, 0x80000000U); };
  const auto expected = [](std::int32_t value) {
    return static_cast<std::uint32_t>(value) & 0x7fffffffU;
  };
  CHECK(hash("21") == expected(-973932308));
  CHECK(hash("foobar") == expected(-790332482));
  CHECK(hash("a-little-bit-long-string") == expected(-985981536));
  CHECK(hash("a-little-bit-longer-string") == expected(-1486304829));
  CHECK(hash("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8") == expected(-58897971));
  CHECK(hash("abc") == expected(479470107));
  CHECK(partition_of("abc", 12) == 479470107U % 12);
}

TEST_CASE("a poll's partition is that of its text") {
  testing::RandomEvents random(testing::test_seed("ids"));
  for (int i = 0; i < 500; ++i) {
    const PollId poll = random.poll();
    REQUIRE(partition_of(poll, 0x80000000U) == partition_of(poll.text(), 0x80000000U));
    REQUIRE(partition_of(poll, 12) == partition_of(poll.text(), 12));
  }
}
