#include "infra/runtime/log.h"

#include <doctest/doctest.h>

#include <limits>
#include <thread>

#include "infra/runtime/fault.h"
#include "tests/infra/runtime/log_capture.h"

namespace flashpoll::runtime {
namespace {

struct LogTest {
  ManualClock clock{1'795'176'000'123};
  LogCapture capture;
  Log log{clock, LogLevel::info, capture.descriptor()};

  std::string line() {
    const auto lines = capture.lines();
    REQUIRE(lines.size() == 1);
    return lines.front();
  }
};

}  // namespace

TEST_CASE_FIXTURE(LogTest, "a line is one JSON object with time, level, component and message") {
  log.warning("ledger", "slow append",
              {{"partition", 3U}, {"ms", 12.5}, {"retry", true}, {"state", "open"}});
  CHECK(line() ==
        R"({"time":"2026-11-20T12:00:00.123Z","level":"warning","component":"ledger",)"
        R"("message":"slow append","partition":3,"ms":12.5,"retry":true,"state":"open"})");
}

TEST_CASE_FIXTURE(LogTest, "lines below the level are not written") {
  log.debug("a", "hidden");
  CHECK(capture.lines().empty());
  log.error("a", "shown");
  CHECK(line().find("\"level\":\"error\"") != std::string::npos);
}

TEST_CASE_FIXTURE(LogTest, "text cannot break out of its line, whatever its bytes") {
  log.info("a", "odd", {{"text", "q\" b\\ n\n \x01 \x7f \xc3\xa9 \xff"}});
  CHECK(line().ends_with("\"text\":\"q\\\" b\\\\ n\\u000a \\u0001 \\u007f \xc3\xa9 \\u00ff\"}"));
  log.info("a", "no number", {{"value", std::numeric_limits<double>::infinity()}});
  CHECK(line().ends_with("\"value\":null}"));
}

TEST_CASE_FIXTURE(LogTest, "long text is cut between characters, long lines between members") {
  log.info("a", "long", {{"text", std::string(1023, 'x') + "\xc3\xa9\xc3\xa9"}});
  CHECK(line().ends_with("\"text\":\"" + std::string(1023, 'x') + "…\"}"));
  const std::string kilo(1000, 'y');
  log.info("a", "wide", {{"a", kilo}, {"b", kilo}, {"c", kilo}, {"d", kilo}, {"e", 1}});
  const std::string cut = line();
  CHECK(cut.size() < 4096);
  CHECK(cut.find("\"d\":") == std::string::npos);
  CHECK(cut.ends_with("\"e\":1,\"cut\":true}"));
}

TEST_CASE_FIXTURE(LogTest, "credentials are masked by the sound of their key") {
  log.info("a", "b", {{"manage_token", "s3cr3t"}, {"cookies", "s3cr3t"}, {"code", "s3cr3t"}});
  const std::string text = line();
  CHECK(text.find("s3cr3t") == std::string::npos);
  CHECK(text.find("\"manage_token\":\"***\"") != std::string::npos);
}

TEST_CASE_FIXTURE(LogTest, "a flood of one message is bounded, counted, and hides no other") {
  for (int i = 0; i < 1000; ++i) log.error("ledger", "connection lost", {{"try", i}});
  CHECK(capture.lines().size() == Log::kBurst);
  log.error("ledger", "something else");
  CHECK(capture.lines().size() == 1);
  clock.advance(Log::kWindowMs);
  log.error("ledger", "connection lost");
  CHECK(line().find("\"suppressed\":980") != std::string::npos);
  log.error("ledger", "connection lost");
  CHECK(line().find("suppressed") == std::string::npos);
}

TEST_CASE_FIXTURE(LogTest, "lines of many threads do not mix") {
  {
    std::vector<std::jthread> threads;
    for (int id = 0; id < 4; ++id) {
      threads.emplace_back([this, id] {
        const std::string component = "c" + std::to_string(id);
        for (int i = 0; i < Log::kBurst; ++i) log.info(component, "m", {{"n", i}});
      });
    }
  }
  const auto lines = capture.lines();
  CHECK(lines.size() == 4 * Log::kBurst);
  for (const std::string& text : lines) {
    CHECK(text.starts_with("{\"time\":"));
    CHECK(text.ends_with("}"));
  }
}

TEST_CASE("levels are read by name") {
  CHECK(parse_log_level("warning") == LogLevel::warning);
  CHECK_THROWS_AS((void)parse_log_level("loud"), Misconfigured);
}

TEST_CASE("passwords in database URLs are masked, and nothing else") {
  CHECK(mask_password("postgresql://ann:pa:ss@host:5432/db") ==
        "postgresql://ann:***@host:5432/db");
  CHECK(mask_password("postgresql://ann@host:5432/db") == "postgresql://ann@host:5432/db");
  CHECK(mask_password("postgresql:///db?host=/run/a:b@c") == "postgresql:///db?host=/run/a:b@c");
  CHECK(mask_password("postgresql:///db?password=x&user=a") ==
        "postgresql:///db?password=***&user=a");
  CHECK(mask_password("host=h password=x user=a") == "host=h password=*** user=a");
}

}  // namespace flashpoll::runtime
