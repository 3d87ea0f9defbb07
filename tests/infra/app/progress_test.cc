#include "infra/app/progress.h"

#include <doctest/doctest.h>

namespace flashpoll::app {
namespace {

TEST_CASE("how far, how fast, how long still") {
  CHECK(progress_text("exported", 40'000, 200'000, 500) ==
        "exported 40000 of 200000 records, 80000/s, 2 s left");
  CHECK(progress_text("exported", 100, 1'000, 1'000) ==
        "exported 100 of 1000 records, 100/s, 9 s left");
  CHECK(progress_text("exported", 999, 1'000, 1'000) ==
        "exported 999 of 1000 records, 999/s, 1 s left");
}

TEST_CASE("at the start and at the end nobody knows or asks how long") {
  CHECK(progress_text("checked", 0, 1'000, 0) == "checked 0 of 1000 records, 0/s");
  CHECK(progress_text("checked", 1'000, 1'000, 2'000) == "checked 1000 of 1000 records, 500/s");
  CHECK(progress_text("checked", 5, 5, 0) == "checked 5 of 5 records, 5000/s");
}

}  // namespace
}  // namespace flashpoll::app
