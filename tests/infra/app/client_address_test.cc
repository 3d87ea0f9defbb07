#include "infra/app/client_address.h"

#include <doctest/doctest.h>

#include <string>

#include "infra/runtime/fault.h"

namespace flashpoll::app {
namespace {

constexpr const char* kId = "7Q2M9X4KTB3D";

TEST_CASE("an id, the name of a page, and URLs name a poll") {
  for (const char* text : {"7Q2M9X4KTB3D", "7q2m9x4ktb3d", "lunch-today-7Q2M9X4KTB3D"}) {
    CAPTURE(text);
    const PollAddress address = parse_poll_address(text);
    CHECK(address.poll.text() == kId);
    CHECK_FALSE(address.server.has_value());
  }
  for (const char* text : {"http://polls.example:8080/p/lunch-today-7Q2M9X4KTB3D",
                           "http://polls.example:8080/p/7Q2M9X4KTB3D?notice=counted#results",
                           "http://polls.example:8080/manage/lunch-today-7Q2M9X4KTB3D#secret",
                           "http://polls.example:8080/v1/polls/7Q2M9X4KTB3D",
                           "http://polls.example:8080/v1/polls/7Q2M9X4KTB3D/results"}) {
    CAPTURE(text);
    const PollAddress address = parse_poll_address(text);
    CHECK(address.poll.text() == kId);
    CHECK(address.server == "http://polls.example:8080");
  }
}

TEST_CASE("what names no poll is a mistake of usage") {
  for (const char* text : {"", "lunch", "7Q2M9X4KTB3", "7Q2M9X4KTB3DX", "http://polls.example",
                           "http://polls.example/7Q2M9X4KTB3D", "http://polls.example/p/",
                           "http://polls.example/?p=/p/7Q2M9X4KTB3D"}) {
    CAPTURE(text);
    CHECK_THROWS_AS((void)parse_poll_address(text), Misconfigured);
  }
}

TEST_CASE("a token in the fragment is not repeated in the message") {
  try {
    (void)parse_poll_address("http://polls.example/manage/lunch#secret");
    FAIL("no poll, but accepted");
  } catch (const Misconfigured& fault) {
    CHECK(std::string(fault.what()).find("secret") == std::string::npos);
  }
}

}  // namespace
}  // namespace flashpoll::app
