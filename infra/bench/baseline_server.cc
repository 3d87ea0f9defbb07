#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>

#include "infra/bench/baseline.h"
#include "infra/bench/load.h"

namespace flashpoll::bench {

namespace {

bool answers(std::uint16_t port) {
  try {
    ::close(connect_to(port));
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

/// This program in another part, which takes its answer from a file: it holds line ends.
BaselineServer start(const Options& options, const Site& site, const std::string& part,
                     const std::string& answer, const test::Words& more) {
  const Pinned here(options.server_core());
  const std::string file = site.directory() + "/" + part + ".answer";
  std::ofstream(file) << answer;
  BaselineServer server;
  server.port = free_port();
  test::Words command = {own_path(), part, "--port", std::to_string(server.port), "--answer", file};
  command.insert(command.end(), more.begin(), more.end());
  server.process = std::make_unique<Process>(command, site.directory() + "/" + part + ".log");
  wait_until(part.c_str(), std::chrono::seconds(30), [&] {
    if (!server.process->running()) throw std::runtime_error(server.process->output());
    return answers(server.port);
  });
  return server;
}

}  // namespace

BaselineServer start_floor(const Options& options, const Site& site, const std::string& answer) {
  return start(options, site, "floor", answer, {});
}

BaselineServer start_naive(const Options& options, Site& site, const std::string& answer) {
  return start(options, site, "naive", answer, {"--database", site.another_database().connection});
}

BaselineServer start_sender(const Options& options, const Site& site, const std::string& frame,
                            double per_second) {
  return start(options, site, "sender", frame, {"--rate", std::to_string(per_second)});
}

}  // namespace flashpoll::bench
