#include "infra/app/request_figures.h"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

namespace flashpoll::app {
namespace {

using std::chrono::microseconds;

bool has_line(const std::string& text, const std::string& line) {
  return text.find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("requests are counted by route and status, their time by route") {
  runtime::Metrics metrics;
  RequestFigures figures(metrics);
  figures.count({"GET", "/v1/polls/{id}", 200, microseconds(80)});
  figures.count({"HEAD", "/v1/polls/{id}", 200, microseconds(80)});
  figures.count({"GET", "/v1/polls/{id}", 404, microseconds(2'000'000)});
  figures.count({"GET", "/v1/polls/{id}/results", 200, microseconds(80)});
  figures.count({"GET", "", 404, microseconds(10)});
  const std::string text = metrics.expose();
  const std::string requests = "flashpoll_requests_total{route=";
  CHECK(has_line(text, requests + R"("/v1/polls/{id}",status="200"} 2)"));
  CHECK(has_line(text, requests + R"("/v1/polls/{id}",status="404"} 1)"));
  CHECK(has_line(text, requests + R"("/v1/polls/{id}/results",status="200"} 1)"));
  CHECK(has_line(text, requests + R"("",status="404"} 1)"));
  const std::string seconds = "flashpoll_request_seconds_bucket{route=\"/v1/polls/{id}\",le=";
  CHECK(has_line(text, seconds + "\"0.0001\"} 2"));
  CHECK(has_line(text, seconds + "\"1\"} 2"));
  CHECK(has_line(text, seconds + "\"+Inf\"} 3"));
}

TEST_CASE("all I/O threads count into the same figures") {
  runtime::Metrics metrics;
  RequestFigures figures(metrics);
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&figures] {
        for (int i = 0; i < 1000; ++i) {
          const std::string route = "/" + std::to_string(i % 10);  // gone after the call
          figures.count({"GET", route, 200 + i % 2, microseconds(1)});
        }
      });
    }
  }
  const std::string text = metrics.expose();
  for (int route = 0; route < 10; ++route) {
    const std::string labels =
        "{route=\"/" + std::to_string(route) + "\",status=\"" + std::to_string(200 + route % 2);
    CHECK(has_line(text, "flashpoll_requests_total" + labels + "\"} 400"));
  }
}

}  // namespace flashpoll::app
