#include "infra/http/router.h"

#include <doctest/doctest.h>

#include "infra/http/addresses.h"
#include "infra/runtime/fault.h"

namespace flashpoll::http {
namespace {

Router example() {
  Router router;
  const auto nothing = [](const std::shared_ptr<Exchange>&) {};
  router.add("DELETE", "/v1/polls/{id}/votes/{seq}", nothing);
  router.add("GET", "/v1/polls/{id}/votes/mine", nothing);
  router.add("POST", "/v1/polls/{id}/votes", {.body_limit = 7}, nothing);
  router.add("GET", "/v1/polls/{id}", nothing);
  router.add("DELETE", "/v1/polls/{id}", nothing);
  router.add("GET", "/", nothing);
  router.add("GET", "/p/{name}", nothing);
  return router;
}

/// Pattern and segments, or what else came of it.
std::string matched(const Router& router, std::string_view method, std::string_view path) {
  const auto match = router.match(method, path);
  if (std::holds_alternative<Router::NoSuchRoute>(match)) return "404";
  if (std::holds_alternative<Router::BadEncoding>(match)) return "400";
  if (const auto* wrong = std::get_if<Router::WrongMethod>(&match)) return "405 " + wrong->allow;
  const auto& found = std::get<Router::Found>(match);
  std::string text = found.route->method + " " + found.route->pattern;
  for (const auto& [name, value] : found.segments) text += " " + name + "=" + value;
  return text;
}

TEST_CASE("routes are found by method and exact path") {
  const Router router = example();
  CHECK(matched(router, "GET", "/") == "GET /");
  CHECK(matched(router, "GET", "/v1/polls/X") == "GET /v1/polls/{id} id=X");
  CHECK(matched(router, "HEAD", "/v1/polls/X") == "GET /v1/polls/{id} id=X");
  CHECK(matched(router, "POST", "/v1/polls/X/votes") == "POST /v1/polls/{id}/votes id=X");
  CHECK(matched(router, "GET", "/p/a%20b%2Fc") == "GET /p/{name} name=a b/c");
  for (const char* path : {"/v1/polls", "/v1/polls/", "/v1/polls/X/", "/V1/polls/X", "//", "/p/",
                           "/v1//polls/X", "/v1/polls/X/votes/", "/p/a/b", "/v1%2Fpolls/X"}) {
    CAPTURE(path);
    CHECK(matched(router, "GET", path) == "404");
  }
  CHECK(matched(router, "GET", "/p/%") == "400");
  CHECK(matched(router, "GET", "/p/%FF") == "400");
}

TEST_CASE("a literal wins over a name, unless only the name has the method") {
  const Router router = example();
  CHECK(matched(router, "GET", "/v1/polls/X/votes/mine") == "GET /v1/polls/{id}/votes/mine id=X");
  CHECK(matched(router, "DELETE", "/v1/polls/X/votes/mine") ==
        "DELETE /v1/polls/{id}/votes/{seq} id=X seq=mine");
  CHECK(matched(router, "GET", "/v1/polls/X/votes/7") == "405 DELETE, OPTIONS");
}

TEST_CASE("a wrong method is told which ones there are") {
  const Router router = example();
  CHECK(matched(router, "POST", "/v1/polls/X") == "405 DELETE, GET, HEAD, OPTIONS");
  CHECK(matched(router, "get", "/") == "405 GET, HEAD, OPTIONS");
  CHECK(router.allow("/v1/polls/X/votes") == "OPTIONS, POST");
  CHECK(router.allow("/nothing").empty());
}

TEST_CASE("the routes can be listed") {
  const std::vector<Route> routes = example().routes();
  REQUIRE(routes.size() == 7);
  CHECK(routes[2].method == "POST");
  CHECK(routes[2].pattern == "/v1/polls/{id}/votes");
  CHECK(routes[2].options.body_limit == 7);
}

TEST_CASE("addresses have one spelling") {
  const auto spelt = [](std::string_view text) {
    const auto address = parse_address(text);
    return address ? format_address(*address) : std::string("none");
  };
  CHECK(spelt("192.0.2.1") == "192.0.2.1");
  CHECK(spelt("::FFFF:192.0.2.1") == "192.0.2.1");
  CHECK(spelt("2001:DB8:0::1") == "2001:db8::1");
  for (const char* bad :
       {"", "192.0.2", "192.0.2.256", "192.0.2.1:80", "[::1]", "unknown", "::g"}) {
    CHECK(spelt(bad) == "none");
  }
}

TEST_CASE("X-Forwarded-For counts only as far as proxies vouch for it") {
  const Proxies none({});
  CHECK(none.client("192.0.2.1", {"198.51.100.7"}) == "192.0.2.1");
  const Proxies proxies({"10.0.0.0/8", "192.0.2.1", "2001:db8::/33"});
  CHECK(proxies.client("10.1.2.3", {"198.51.100.7"}) == "198.51.100.7");
  CHECK(proxies.client("11.1.2.3", {"198.51.100.7"}) == "11.1.2.3");
  CHECK(proxies.client("10.1.2.3", {"1.1.1.1, 198.51.100.7 ,10.9.9.9"}) == "198.51.100.7");
  CHECK(proxies.client("10.1.2.3", {"1.1.1.1", "198.51.100.7", "192.0.2.1"}) == "198.51.100.7");
  CHECK(proxies.client("10.1.2.3", {"1.1.1.1, unknown, 10.9.9.9"}) == "10.9.9.9");
  CHECK(proxies.client("10.1.2.3", {}) == "10.1.2.3");
  CHECK(proxies.client("10.1.2.3", {""}) == "10.1.2.3");
  CHECK(proxies.client("::ffff:10.1.2.3", {"2001:db8::5, 2001:db8:7fff::"}) == "2001:db8::5");
  CHECK(proxies.client("2001:db8:8000::", {"1.1.1.1"}) == "2001:db8:8000::");
  for (const char* bad : {"10.0.0.0/33", "10.0.0.0/", "x/8", "10.0.0.0/-1", "::1/129", ""}) {
    CHECK_THROWS_AS(Proxies({bad}), Misconfigured);
  }
}

}  // namespace
}  // namespace flashpoll::http
