#include "infra/runtime/lifecycle.h"

#include <doctest/doctest.h>

#include <future>
#include <stdexcept>

#include "infra/runtime/clock.h"
#include "tests/infra/runtime/log_capture.h"

namespace flashpoll::runtime {
namespace {

using Steps = std::vector<std::string>;

struct LifecycleTest {
  ManualClock clock;
  LogCapture capture;
  Log log{clock, LogLevel::info, capture.descriptor()};
  Steps steps;

  void add(Lifecycle& lifecycle, const std::string& name) {
    lifecycle.add(
        name, [this, name] { steps.push_back("+" + name); },
        [this, name] { steps.push_back("-" + name); });
  }
};

}  // namespace

TEST_CASE_FIXTURE(LifecycleTest, "parts start in order and stop in reverse, once") {
  Lifecycle lifecycle(log);
  for (const char* name : {"database", "ledger", "http"}) add(lifecycle, name);
  lifecycle.start();
  lifecycle.stop();
  lifecycle.stop();
  CHECK(steps == Steps{"+database", "+ledger", "+http", "-http", "-ledger", "-database"});
}

TEST_CASE_FIXTURE(LifecycleTest, "what runs is stopped when the object goes") {
  {
    Lifecycle lifecycle(log);
    add(lifecycle, "ledger");
    lifecycle.start();
  }
  CHECK(steps == Steps{"+ledger", "-ledger"});
}

TEST_CASE_FIXTURE(LifecycleTest, "a part that does not start takes down those before it") {
  Lifecycle lifecycle(log);
  add(lifecycle, "database");
  lifecycle.add("ledger", [] { throw std::runtime_error("shorter than before"); }, {});
  add(lifecycle, "http");
  CHECK_THROWS_WITH(lifecycle.start(), "shorter than before");
  CHECK(steps == Steps{"+database", "-database"});
  const auto lines = capture.lines();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].find("\"part\":\"ledger\"") != std::string::npos);
}

TEST_CASE_FIXTURE(LifecycleTest, "a part that hangs is named when the time is up") {
  std::promise<std::string> overrun;
  std::promise<void> release;
  Lifecycle lifecycle(log, [&](const std::string& part) {
    overrun.set_value(part);
    release.set_value();
  });
  lifecycle.add("ledger", {}, [&] { release.get_future().wait(); });
  add(lifecycle, "http");
  lifecycle.start();
  lifecycle.stop(std::chrono::milliseconds(20));
  CHECK(overrun.get_future().get() == "ledger");
}

}  // namespace flashpoll::runtime
