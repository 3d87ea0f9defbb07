#include <fcntl.h>
#include <unistd.h>

#include <stdexcept>
#include <vector>

#include "infra/bench/baseline.h"
#include "infra/bench/load.h"
#include "infra/bench/measure.h"

namespace flashpoll::bench {

namespace {

/// As PostgreSQL writes its log: pages into a file that is there already.
constexpr std::size_t kPage = 8192;
constexpr std::size_t kPages = 2048;

}  // namespace

Figures run_fdatasync(const Options& options, const std::string& directory) {
  const Pinned here(options.server_core());
  const std::string path = directory + "/fdatasync";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  const std::vector<char> all(kPage * kPages, 'x');
  if (fd < 0 || ::pwrite(fd, all.data(), all.size(), 0) != static_cast<ssize_t>(all.size()) ||
      ::fsync(fd) != 0) {
    throw std::runtime_error("cannot write " + path);
  }
  Histogram latencies;
  const Time begin = std::chrono::steady_clock::now();
  Time now = begin;
  for (std::size_t page = 0; seconds_between(begin, now) < options.seconds; ++page) {
    const Time since = now;
    const auto place = static_cast<off_t>(page % kPages * kPage);
    if (::pwrite(fd, all.data(), kPage, place) < 0 || ::fdatasync(fd) != 0) {
      throw std::runtime_error("fdatasync failed");
    }
    now = std::chrono::steady_clock::now();
    latencies.add(ns_between(since, now));
  }
  ::close(fd);
  ::unlink(path.c_str());
  Figures figures;
  figures.emplace_back("rate /s",
                       static_cast<double>(latencies.count()) / seconds_between(begin, now));
  add_latencies(figures, latencies);
  return figures;
}

}  // namespace flashpoll::bench
