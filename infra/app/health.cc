#include "infra/app/health.h"

#include <algorithm>

namespace flashpoll::app {

namespace {

constexpr const char* kPlain = "text/plain; charset=utf-8";

std::string_view name(Check::State state) {
  switch (state) {
    case Check::State::ok:
      return "ok  ";
    case Check::State::warn:
      return "warn";
    case Check::State::fail:
      return "FAIL";
  }
  return "";
}

std::string verbose(const std::vector<Check>& checks) {
  std::string text;
  for (const Check& check : checks) {
    text.append(name(check.state)).append(" ").append(check.name);
    if (!check.text.empty()) text.append(": ").append(check.text);
    text += '\n';
  }
  return text;
}

http::Response readiness(const Health& health, const http::Request& request) {
  const auto checks = health.checks();
  const bool ready = !runtime::any_fails(checks);
  std::string text = ready ? "ready\n" : "not ready\n";
  const bool wants_all = std::any_of(request.query().begin(), request.query().end(),
                                     [](const auto& pair) { return pair.first == "verbose"; });
  if (wants_all) text = verbose(checks) + text;
  return {ready ? 200 : 503, kPlain, std::move(text), {}};
}

}  // namespace

std::vector<Check> Health::checks() const {
  std::vector<Check> all;
  const Phase phase = phase_;
  if (phase == Phase::starting) all.push_back({"process", Check::State::fail, "is starting"});
  if (phase == Phase::stopping) all.push_back({"process", Check::State::fail, "is stopping"});
  for (const Probe& probe : probes_) {
    for (Check& check : probe()) all.push_back(std::move(check));
  }
  return all;
}

bool Health::is_ready() const { return !runtime::any_fails(checks()); }

void add_admin_routes(http::Router& router, const Health& health, runtime::Metrics& metrics) {
  using Exchange = std::shared_ptr<http::Exchange>;
  router.add("GET", "/livez",
             [](const Exchange& exchange) { exchange->answer({200, kPlain, "alive\n", {}}); });
  router.add("GET", "/readyz", [&health](const Exchange& exchange) {
    exchange->answer(readiness(health, exchange->request()));
  });
  router.add("GET", "/metrics", [&metrics](const Exchange& exchange) {
    exchange->answer({200, "text/plain; version=0.0.4", metrics.expose(), {}});
  });
}

}  // namespace flashpoll::app
