#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>

#include "infra/bench/baseline.h"
#include "infra/bench/scenarios.h"
#include "infra/runtime/fault.h"

namespace flashpoll::bench {
namespace {

constexpr int kUsage = 2;

struct Scenario {
  const char* name;
  const char* what;
  Report (*run)(const Options&);
};

constexpr Scenario kScenarios[] = {
    {"votes", "single votes over HTTP, against an epoll loop and a naive server", votes},
    {"ingest", "bulk ingestion, against COPY or bare producing", ingest},
    {"replay", "fold, decode, projector, verify and rebuild", replay},
    {"fanout", "live results to many, against a loop of send", fanout},
    {"results", "results from the cache, against an epoll loop", results},
    {"audit", "an auditor's queries over a long history", audit},
    {"overload", "three times what it can do", overload},
    {"startup", "a start with a long history, from a snapshot and without one", startup},
};

void add_options(CLI::App& cli, Options& options) {
  cli.add_flag("--short", options.is_brief,
               "sizes for a look whether it works: its figures mean nothing");
  cli.add_option("--data", options.data, "directory on a real disk")->capture_default_str();
  cli.add_option("--flashpoll", options.flashpoll, "the program; else the one built beside this");
  cli.add_option_function<std::string>(
         "--ledger", [&](const std::string& kind) { options.kafka = kind == "kafka"; },
         "postgres or kafka")
      ->check(CLI::IsMember({"postgres", "kafka"}));
  cli.add_option("--postgres", options.postgres_settings, "NAME=VALUE, settings of the server");
  cli.add_flag("!--unpinned", options.pin_apart, "servers and loader share all cores");
  cli.add_option("--rounds", options.rounds)->capture_default_str()->check(CLI::Range(1, 100));
  cli.add_option("--seconds", options.seconds, "of each side in each round")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 3600.0));
  cli.add_option("--discard", options.discard_seconds, "at its beginning")->capture_default_str();
  cli.add_option("--connections", options.connections)->capture_default_str();
  cli.add_option("--workload", options.workload, "votes: what is sent")
      ->capture_default_str()
      ->check(CLI::IsMember({"flash", "uniform", "zipf", "repeats", "malformed", "reconnect"}));
  cli.add_option("--polls", options.polls, "of uniform and zipf")->capture_default_str();
  cli.add_option("--role", options.role, "votes: what answers")
      ->capture_default_str()
      ->check(CLI::IsMember({"command", "all"}));
  cli.add_flag("--sweep", options.sweep, "votes: at 10, 25, 75 and 90 % of the peak, too");
  cli.add_option("--voters", options.voters, "replay: of the fold")->capture_default_str();
  cli.add_option("--records", options.records, "replay, startup, audit: in the ledger")
      ->capture_default_str();
  cli.add_option("--subscribers", options.subscribers, "fanout")->capture_default_str();
  cli.add_flag("--websocket", options.websocket, "fanout: not server-sent events");
  cli.add_option("--vote-rate", options.vote_rate, "fanout, audit: meanwhile")
      ->capture_default_str();
  cli.add_option("-o,--output", options.output)->check(CLI::IsMember({"text", "json"}));
  cli.add_option("--record", options.record, "file that gets a line with the ratios");
}

void print(const Options& options, const Report& report) {
  std::fputs((options.output == "json" ? report.json() : report.table()).c_str(), stdout);
  if (!options.record.empty()) {
    std::ofstream(options.record, std::ios::app) << report.history_line();
  }
}

struct PartOptions {
  std::uint16_t port = 0;
  std::string answer;
  std::string database;
  double rate = 10;

  [[nodiscard]] std::string text() const {
    std::ifstream file(answer, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
};

/// The baselines that are servers: this program starts itself as one of them.
void add_parts(CLI::App& cli, PartOptions& options) {
  const auto part = [&](const char* name, std::function<void()> serve) {
    CLI::App* command = cli.add_subcommand(name)->group("");
    command->add_option("--port", options.port)->required();
    command->add_option("--answer", options.answer)->required();
    command->add_option("--database", options.database);
    command->add_option("--rate", options.rate);
    command->callback(std::move(serve));
  };
  part("floor", [&] { serve_floor(options.port, options.text()); });
  part("naive", [&] { serve_naive(options.port, options.text(), options.database); });
  part("sender", [&] { serve_sender(options.port, options.text(), options.rate); });
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

int main_of(std::span<char*> arguments) {
  const auto is_short = [](const char* word) { return std::string_view(word) == "--short"; };
  Options options = std::ranges::any_of(arguments, is_short) ? Options::brief() : Options();
  for (const char* word : arguments)
    options.command += (options.command.empty() ? "" : " ") + std::string(word);
  CLI::App cli{"Measures FlashPoll against the limits of this machine.", "flashpoll-bench"};
  cli.require_subcommand(1);
  for (const Scenario& scenario : kScenarios) {
    CLI::App* command = cli.add_subcommand(scenario.name, scenario.what);
    add_options(*command, options);
    command->callback([&] { print(options, scenario.run(options)); });
  }
  PartOptions part;
  add_parts(cli, part);
  raise_descriptor_limit();
  try {
    cli.parse(static_cast<int>(arguments.size()), arguments.data());
    return 0;
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? 0 : kUsage;
  } catch (const Misconfigured& fault) {
    std::fprintf(stderr, "flashpoll-bench: %s\n", fault.what());
    return kUsage;
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "flashpoll-bench: %s\n", fault.what());
    return 1;
  }
}

}  // namespace
}  // namespace flashpoll::bench

int main(int argc, char** argv) {
  return flashpoll::bench::main_of({argv, static_cast<std::size_t>(argc)});
}
