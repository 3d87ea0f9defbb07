#include "infra/runtime/time.h"

#include <doctest/doctest.h>

#include <random>

#include "infra/runtime/build_info.h"
#include "infra/runtime/clock.h"

namespace flashpoll::runtime {

TEST_CASE("times are written in UTC with milliseconds") {
  CHECK(format_time(0) == "1970-01-01T00:00:00.000Z");
  CHECK(format_time(951'782'400'001) == "2000-02-29T00:00:00.001Z");
  CHECK(format_time(1'795'176'000'123) == "2026-11-20T12:00:00.123Z");
  CHECK(format_time(kLastTimeMs) == "9999-12-31T23:59:59.999Z");
}

TEST_CASE("times read back as they were written") {
  std::mt19937_64 random(7);
  for (int i = 0; i < 2000; ++i) {
    const auto ms = static_cast<std::int64_t>(random() % (kLastTimeMs + 1));
    CHECK(parse_time(format_time(ms)) == ms);
  }
  CHECK(parse_time("2026-11-20T12:00:00Z") == 1'795'176'000'000);
}

TEST_CASE("a time has one spelling, and must exist") {
  for (const char* text : {"",
                           "2026-11-20",
                           "2026-11-20T12:00:00",
                           "2026-11-20t12:00:00z",
                           "2026-11-20 12:00:00Z",
                           "2026-11-20T12:00:00+00:00",
                           "2026-11-20T12:00:00.1Z",
                           "2026-11-20T12:00:00.1234Z",
                           "2026-11-20T12:00:00,123Z",
                           "2026-02-29T00:00:00Z",
                           "2026-04-31T00:00:00Z",
                           "2026-00-10T00:00:00Z",
                           "2026-13-10T00:00:00Z",
                           "2026-11-00T00:00:00Z",
                           "2026-11-20T24:00:00Z",
                           "2026-11-20T12:60:00Z",
                           "2026-11-20T12:00:60Z",
                           "1969-12-31T23:59:59Z",
                           "+026-11-20T12:00:00Z",
                           "2026-11-20T12:00:00Z "}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time(text).has_value());
  }
}

TEST_CASE("durations go both ways with their largest unit") {
  const auto same = [](std::int64_t ms, const char* text) {
    CHECK(format_duration(ms) == text);
    CHECK(parse_duration(text) == ms);
  };
  same(0, "0");
  same(1500, "1500ms");
  same(10'000, "10s");
  same(90'000, "90s");
  same(300'000, "5m");
  same(7'200'000, "2h");
  same(86'400'000, "1d");
  for (const char* text : {"", "5", "s", "-1s", "1.5s", "1 s", "1w", "366d", "99999999999s"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text).has_value());
  }
}

TEST_CASE("the manual clock moves when told, the wall clock also backwards") {
  ManualClock clock(1000);
  clock.advance(50);
  CHECK(clock.wall_ms() == 1050);
  CHECK(clock.monotonic_ms() == 50);
  clock.set_wall(10);
  CHECK(clock.wall_ms() == 10);
  CHECK(clock.monotonic_ms() == 50);
}

TEST_CASE("an offset makes the wall clock of a node wrong, and nothing else") {
  const SystemClock right;
  const SystemClock wrong(-10'000);
  const std::int64_t before = right.wall_ms();
  const std::int64_t shifted = wrong.wall_ms();
  const std::int64_t after = right.wall_ms();
  CHECK(shifted >= before - 10'000);
  CHECK(shifted <= after - 10'000);
  CHECK(wrong.monotonic_ms() >= right.monotonic_ms() - 1000);
}

TEST_CASE("the build knows its version") { CHECK(version().find('.') != std::string_view::npos); }

}  // namespace flashpoll::runtime
