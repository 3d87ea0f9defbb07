#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "infra/bench/vote_load.h"
#include "infra/http/client.h"
#include "infra/json/json.h"

namespace flashpoll::bench {
namespace {

std::string open_poll(std::uint16_t port) {
  const http::Client client;
  const auto answer = client.request(
      "POST", "http://127.0.0.1:" + std::to_string(port) + "/v1/polls",
      {{"Content-Type", "application/json"}},
      R"({"question":"How fast is it?","choices":["fast","slow"],"closes_in":3600})");
  if (answer.status != 201) throw std::runtime_error("no poll opened: " + answer.body);
  const auto body = json::parse(answer.body);
  return std::get<json::Value>(body).find("id")->string();
}

/// Number of the poll's entries that the read tables hold, waited for.
std::int64_t entries(std::uint16_t port, const std::string& poll, std::uint64_t expected) {
  const http::Client client;
  const std::string url = "http://127.0.0.1:" + std::to_string(port) + "/v1/polls/" + poll +
                          "/results?min_seq=" + std::to_string(expected);
  for (int tries = 0; tries < 30; ++tries) {
    const auto answer = client.request("GET", url);
    if (answer.status != 200) continue;
    const auto body = json::parse(answer.body);
    return std::get<json::Value>(body).find("seq")->integer().value_or(-1);
  }
  throw std::runtime_error("the read side did not come to entry " + std::to_string(expected));
}

double percentile_ms(const std::vector<std::uint32_t>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1));
  return sorted[at] / 1000.0;
}

int votes(VoteLoad load) {
  if (load.poll.empty()) load.poll = open_poll(load.port);
  const VoteFigures figures = run(load);
  const std::int64_t found = entries(load.port, load.poll, figures.counted);
  const auto& us = figures.latencies_us;
  std::printf("votes counted   %llu, refused %llu, in the read tables %lld\n",
              static_cast<unsigned long long>(figures.counted),
              static_cast<unsigned long long>(figures.refused), static_cast<long long>(found));
  std::printf("rate            %.0f /s\n",
              static_cast<double>(figures.measured) / figures.measured_seconds);
  std::printf("latency         p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms, max %.2f ms\n",
              percentile_ms(us, 0.5), percentile_ms(us, 0.99), percentile_ms(us, 0.999),
              percentile_ms(us, 1));
  return figures.refused == 0 && found >= static_cast<std::int64_t>(figures.counted) ? 0 : 1;
}

int main_of(int argc, char** argv) {
  CLI::App cli{"Measures a running FlashPoll on 127.0.0.1.", "flashpoll-bench"};
  cli.require_subcommand(1);
  CLI::App* command = cli.add_subcommand("votes", "Single votes over HTTP, each by a new voter");
  VoteLoad load;
  command->add_option("--port", load.port, "the public port")->capture_default_str();
  command->add_option("--connections", load.connections)->capture_default_str();
  command->add_option("--seconds", load.seconds)->capture_default_str()->check(CLI::Range(1, 600));
  command->add_option("--rate", load.rate, "votes a second, 0: as fast as answers come");
  int code = 0;
  command->callback([&] { code = votes(load); });
  try {
    cli.parse(argc, argv);
    return code;
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "flashpoll-bench: %s\n", fault.what());
    return 1;
  }
}

}  // namespace
}  // namespace flashpoll::bench

int main(int argc, char** argv) { return flashpoll::bench::main_of(argc, argv); }
