#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace flashpoll::bench {

/// What a run was asked for; every scenario takes what concerns it.
struct Options {
  /// Sizes at which every scenario ends within seconds; its figures mean nothing.
  [[nodiscard]] static Options brief() {
    Options options;
    options.is_brief = true;
    options.rounds = 1;
    options.seconds = 1;
    options.discard_seconds = 0.2;
    options.connections = 16;
    options.voters = 20'000;
    options.records = 20'000;
    options.subscribers = 300;
    options.vote_rate = 500;
    return options;
  }

  bool is_brief = false;
  std::string data = "/var/tmp";  ///< where the servers' data are made: on a real disk
  std::string flashpoll;          ///< the program; empty: the one that was built with this
  bool kafka = false;             ///< where the ledger is
  std::vector<std::string> postgres_settings;
  bool pin_apart = true;  ///< servers on core 0, the loader on core 1

  int rounds = 5;
  double seconds = 10;         ///< of each side in each round
  double discard_seconds = 3;  ///< at its beginning, not measured
  int connections = 64;
  std::string workload = "flash";     ///< of votes: see vote_requests.h; or reconnect
  int polls = 500;                    ///< of the workloads with many
  std::string role = "command";       ///< what answers votes: command, or all
  bool sweep = false;                 ///< votes: at further shares of the peak
  std::uint64_t voters = 1'000'000;   ///< of the fold
  std::uint64_t records = 5'000'000;  ///< in the ledger that is read
  int subscribers = 5'000;
  bool websocket = false;
  double vote_rate = 20'000;  ///< while subscribers watch

  std::string output = "text";
  std::string record;   ///< file that gets a line with the ratios
  std::string command;  ///< as it was called

  [[nodiscard]] std::optional<int> server_core() const { return core(0); }
  [[nodiscard]] std::optional<int> loader_core() const { return core(1); }

 private:
  [[nodiscard]] std::optional<int> core(int number) const {
    return pin_apart ? std::optional(number) : std::nullopt;
  }
};

}  // namespace flashpoll::bench
