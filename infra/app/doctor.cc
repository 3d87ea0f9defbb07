#include "infra/app/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "infra/app/terminal.h"
#include "infra/crypto/encoding.h"
#include "infra/http/addresses.h"
#include "infra/json/writer.h"
#include "infra/runtime/fault.h"

namespace flashpoll::app {

namespace {

using runtime::Finding;
using runtime::Findings;
using State = Finding::State;

constexpr std::array kStates = {State::ok, State::warn, State::fail};

constexpr std::int64_t kClockTolerance = 1'000;
constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kFullDisk = 256 * kMiB;
constexpr std::uint64_t kShortDisk = 2'048 * kMiB;
constexpr std::uint64_t kFewDescriptors = 1'024;
constexpr std::uint64_t kEnoughDescriptors = 20'512;  // the server's connections, and some files
constexpr std::int64_t kConnectionsOfANode = 15;

constexpr std::string_view name_of(State state) {
  switch (state) {
    case State::ok:
      return "ok";
    case State::warn:
      return "warn";
    case State::fail:
      return "fail";
  }
  return "";
}

std::int64_t count(const Findings& findings, State state) {
  return std::ranges::count(findings, state, &Finding::state);
}

/// `1.5 s`, `12 ms`.
std::string duration(std::int64_t ms) {
  if (ms < 1'000) return fmt::format("{} ms", ms);
  if (ms < 600'000) return fmt::format("{:.1f} s", static_cast<double>(ms) / 1e3);
  return fmt::format("{} min", ms / 60'000);
}

std::string size(std::uint64_t bytes) {
  if (bytes < 1'024 * kMiB) return fmt::format("{} MiB", bytes / kMiB);
  return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / static_cast<double>(1'024 * kMiB));
}

/// The host of a URL, without its port and brackets.
std::string host_of(std::string_view url) {
  std::string_view host = url.substr(url.find("://") + 3);
  if (host.starts_with('[')) return std::string(host.substr(1, host.find(']') - 1));
  return std::string(host.substr(0, host.find(':')));
}

bool is_near(const std::string& host) {
  if (host == "localhost") return true;
  const auto address = http::parse_address(host);
  return address && http::is_loopback(*address);
}

/// What is wrong with the list of proxies, so that `serve` would refuse it; empty when nothing is.
std::string refused(const std::vector<std::string>& proxies) {
  try {
    (void)http::Proxies(proxies);
    return {};
  } catch (const Misconfigured& fault) {
    return fault.what();
  }
}

}  // namespace

std::string doctor_text(const Findings& findings) {
  std::size_t width = 0;
  for (const Finding& finding : findings) width = std::max(width, finding.name.size());
  std::string text;
  for (const Finding& finding : findings) {
    text += fmt::format("{:<5} {:<{}}  {}\n", name_of(finding.state), finding.name, width,
                        printable(finding.text));
    if (finding.mend.empty()) continue;
    text += fmt::format("{:<5} {:<{}}  -> {}\n", "", "", width, printable(finding.mend));
  }
  return text + fmt::format("{} ok, {} warn, {} fail\n", count(findings, State::ok),
                            count(findings, State::warn), count(findings, State::fail));
}

std::string doctor_json(const Findings& findings) {
  std::string text;
  json::Writer out(text);
  out.begin_object().key("checks").begin_array();
  for (const Finding& finding : findings) {
    out.begin_object().member("name", finding.name).member("state", name_of(finding.state));
    out.member("text", printable(finding.text));
    if (!finding.mend.empty()) out.member("mend", printable(finding.mend));
    out.end_object();
  }
  out.end_array();
  for (const State state : kStates) out.member(name_of(state), count(findings, state));
  out.end_object();
  return text + "\n";
}

Finding judge_secret_mode(const std::string& path, unsigned mode) {
  const std::string bits = fmt::format("{} has mode {:04o}", path, mode & 07777U);
  const std::string mend = "chmod 600 " + path;
  if ((mode & 007U) != 0) {
    return {"secret_file", State::fail, bits + ": everybody on this machine may use it",
            mend + "; whoever has read it can vote as anybody and own any poll"};
  }
  if ((mode & 070U) != 0) {
    return {"secret_file", State::warn, bits + ": its group may use it",
            mend + ", unless the service reads it through that group"};
  }
  return {"secret_file", State::ok, bits};
}

Finding judge_fingerprint(std::string_view ours, const std::optional<std::string>& stored) {
  const std::string shown = crypto::hex_encode(ours);
  if (!stored) {
    return {"secret", State::ok, "fingerprint " + shown + ", the deployment has none yet"};
  }
  if (*stored == ours) return {"secret", State::ok, "fingerprint " + shown + ", the deployment's"};
  return {"secret", State::fail,
          "the deployment was begun with another one (fingerprint " + crypto::hex_encode(*stored) +
              ", the one in secret_file has " + shown + ")",
          "set secret_file to the secret of this deployment, from its backup"};
}

Finding judge_public_url(const Settings& settings) {
  const std::string& url = settings.public_url;
  if (url.empty() && is_near(settings.listen)) {
    return {"public_url", State::ok, "none: links follow the Host of the request"};
  }
  if (url.empty()) {
    return {"public_url", State::warn,
            "none: links and QR codes follow whatever Host a request names",
            "set public_url to where clients reach the service"};
  }
  if (settings.public_https || is_near(host_of(url))) return {"public_url", State::ok, url};
  return {"public_url", State::warn, url + " is not encrypted: tokens can be read on the way",
          "put a gateway with TLS before it (infra/deploy/nginx.conf), and https:// in public_url"};
}

Finding judge_proxies(const Settings& settings) {
  const auto& proxies = settings.trusted_proxies;
  if (const std::string why = refused(proxies); !why.empty()) {
    return {"trusted_proxies", State::fail, why, "list addresses or networks, as 10.0.0.10"};
  }
  const auto all =
      std::ranges::find_if(proxies, [](const auto& one) { return one.ends_with("/0"); });
  if (all != proxies.end()) {
    return {"trusted_proxies", State::fail, *all + " lets every client name any address",
            "list the gateway's address only"};
  }
  if (!proxies.empty()) {
    return {"trusted_proxies", State::ok, fmt::format("{}", fmt::join(proxies, ", "))};
  }
  if (!settings.public_https) return {"trusted_proxies", State::ok, "none"};
  return {"trusted_proxies", State::warn,
          "none, but public_url is https: to the limits all clients have the gateway's address",
          "set trusted_proxies to the gateway's address"};
}

Finding judge_descriptors(std::uint64_t limit) {
  const std::string text = fmt::format("{} at most", limit);
  if (limit >= kEnoughDescriptors) return {"descriptors", State::ok, text};
  return {"descriptors", limit < kFewDescriptors ? State::fail : State::warn,
          text + fmt::format(", a crowded process takes {}", kEnoughDescriptors),
          "LimitNOFILE=65536 in the unit, or ulimit -Hn 65536 before the start"};
}

Finding judge_clock(std::int64_t ahead_ms, std::int64_t uncertainty_ms) {
  const std::string text =
      fmt::format("{} {} the database's, give or take {}", duration(std::abs(ahead_ms)),
                  ahead_ms < 0 ? "behind" : "ahead of", duration(uncertainty_ms));
  if (std::abs(ahead_ms) <= kClockTolerance + uncertainty_ms) return {"clock", State::ok, text};
  return {"clock", State::warn,
          text + ": no result depends on it, but polls are announced late or early",
          "let both machines follow one time server (chronyc tracking)"};
}

Finding judge_newest_record(std::optional<std::int64_t> age_ms) {
  if (!age_ms) return {"ledger clock", State::ok, "unknown: there is no record yet"};
  if (*age_ms >= -kClockTolerance) {
    return {"ledger clock", State::ok,
            "not ahead: the newest record was appended " +
                duration(std::max<std::int64_t>(*age_ms, 0)) + " ago"};
  }
  return {"ledger clock", State::warn,
          "the newest record was appended " + duration(-*age_ms) + " from now",
          "let the ledger's servers and this machine follow one time server (chronyc tracking)"};
}

Finding judge_connections(std::int64_t used, std::int64_t most) {
  const std::string text = fmt::format("{} of {} in use", used, most);
  if (most - used >= kConnectionsOfANode) return {"connections", State::ok, text};
  return {"connections", State::warn,
          fmt::format("{}: a process with all roles takes about {}", text, kConnectionsOfANode),
          "raise max_connections in postgresql.conf"};
}

Finding judge_standbys(std::int64_t count) {
  if (count > 0) return {"standby", State::ok, fmt::format("{} follow", count)};
  return {"standby", State::warn, "none follows: what PostgreSQL holds is lost with its disk",
          "set up a standby by streaming replication, and back up"};
}

Finding judge_disk(const std::string& path, std::uint64_t free_bytes, std::uint64_t total_bytes) {
  const std::string text =
      fmt::format("{} free of {} under {}", size(free_bytes), size(total_bytes), path);
  if (free_bytes >= kShortDisk) return {"disk", State::ok, text};
  return {"disk", free_bytes < kFullDisk ? State::fail : State::warn, text,
          "make room: a full disk stops every vote"};
}

}  // namespace flashpoll::app
