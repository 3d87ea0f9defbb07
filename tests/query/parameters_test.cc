#include "query/parameters.h"

#include <doctest/doctest.h>

namespace flashpoll::query {
namespace {

using Given = std::vector<http::Parameter>;

TEST_CASE("parameters that are asked for and well formed pass") {
  const Given given = {{"limit", "500"},
                       {"after", "0"},
                       {"order", "desc"},
                       {"voter", ""},
                       {"at", "2026-11-20T12:00:00.123Z"}};
  Parameters parameters(given);
  CHECK(parameters.integer("limit", 1, 500) == 500);
  CHECK(parameters.seq("after") == events::Seq(0));
  CHECK(parameters.one_of("order", {"asc", "desc"}) == "desc");
  CHECK(parameters.text("voter") == "");
  CHECK(parameters.time("at") == 1795176000123);
  CHECK_FALSE(parameters.seq("min_seq"));
  CHECK_FALSE(parameters.refused());
}

TEST_CASE("what nobody asked for, or came twice, is refused") {
  const Given given = {{"limit", "1"}, {"limit", "1"}, {"limmit", "1"}, {"\x01\xFF\"", "x"}};
  Parameters parameters(given);
  CHECK(parameters.integer("limit", 1, 500) == 1);
  const auto refused = parameters.refused();
  REQUIRE(refused);
  CHECK(refused->refusal == events::Refusal::bad_request);
  CHECK(refused->detail ==
        "limit is given twice; limmit is not a parameter of this address; "
        "??\" is not a parameter of this address.");
}

TEST_CASE("integers have one spelling and a range") {
  for (const char* text : {"", "00", "01", "+1", "-1", " 1", "1 ", "1.0", "1e2", "0x1", "11",
                           "18446744073709551617", "99999999999999999999999"}) {
    CAPTURE(text);
    const Given given = {{"n", text}};
    Parameters parameters(given);
    CHECK_FALSE(parameters.integer("n", 1, 10));
    CHECK(parameters.refused());
  }
}

TEST_CASE("times and words outside their sets are refused, all faults at once") {
  const Given given = {{"at", "2026-02-30T00:00:00Z"}, {"order", "ASC"}, {"from", "yesterday"}};
  Parameters parameters(given);
  CHECK_FALSE(parameters.time("at"));
  CHECK_FALSE(parameters.one_of("order", {"asc", "desc"}));
  CHECK_FALSE(parameters.time("from"));
  const auto refused = parameters.refused();
  REQUIRE(refused);
  CHECK(refused->detail.find("at must be a time") != std::string::npos);
  CHECK(refused->detail.find("order must be one of asc desc") != std::string::npos);
  CHECK(refused->detail.find("from must be a time") != std::string::npos);
}

}  // namespace
}  // namespace flashpoll::query
