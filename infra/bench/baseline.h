#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "infra/bench/options.h"
#include "infra/bench/process.h"
#include "infra/bench/report.h"
#include "infra/bench/site.h"
#include "infra/pg/target.h"

/// What FlashPoll is held against: the least that the same work can cost on this machine, and what
/// one would write first.
namespace flashpoll::bench {

/// A baseline that is a server: this program again, in a process of its own on the servers' core.
struct BaselineServer {
  std::uint16_t port = 0;
  std::unique_ptr<Process> process;

  [[nodiscard]] Usage usage() const { return usage_of(process->pid()); }
};

/// An epoll loop that answers every whole HTTP request with the same bytes.
[[nodiscard]] BaselineServer start_floor(const Options& options, const Site& site,
                                         const std::string& answer);
void serve_floor(std::uint16_t port, const std::string& answer);

/// Votes as one would write it first: a transaction for each, with a row of the vote and an update
/// of the choice's counter. Answers with the same bytes always.
[[nodiscard]] BaselineServer start_naive(const Options& options, Site& site,
                                         const std::string& answer);
void serve_naive(std::uint16_t port, const std::string& answer, const std::string& database);

/// An epoll loop that sends one buffer to all who are connected, so many times a second, with
/// `send` alone. It sends to a connection once that has said anything.
[[nodiscard]] BaselineServer start_sender(const Options& options, const Site& site,
                                          const std::string& frame, double per_second);
void serve_sender(std::uint16_t port, const std::string& frame, double per_second);

/// Writes 8 KiB into a file that has its size already and waits until it is on the disk, again and
/// again: `p50 ms` and so on of one.
[[nodiscard]] Figures run_fdatasync(const Options& options, const std::string& directory);

}  // namespace flashpoll::bench
