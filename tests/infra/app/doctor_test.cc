#include "infra/app/doctor.h"

#include <doctest/doctest.h>

namespace flashpoll::app::test {
namespace {

using State = runtime::Finding::State;
using runtime::Findings;

constexpr std::uint64_t kGiB = 1ULL << 30;

const Findings kFindings = {
    {"version", State::ok, "flashpoll 0.1.0"},
    {"fsync", State::fail, "fsync is off", "set it to on"},
    {"disk", State::warn, "1 GiB \x1b[31m free", "make room"},
};

Settings with(std::string listen, std::string url, std::vector<std::string> proxies = {}) {
  Settings settings;
  settings.listen = std::move(listen);
  settings.public_https = url.starts_with("https://");
  settings.public_url = std::move(url);
  settings.trusted_proxies = std::move(proxies);
  return settings;
}

bool says(const runtime::Finding& finding, std::string_view part) {
  return finding.text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a line per finding, its mend below, and the sum") {
  CHECK(doctor_text(kFindings) ==
        "ok    version  flashpoll 0.1.0\n"
        "fail  fsync    fsync is off\n"
        "               -> set it to on\n"
        "warn  disk     1 GiB \xEF\xBF\xBD[31m free\n"
        "               -> make room\n"
        "1 ok, 1 warn, 1 fail\n");
  CHECK(doctor_text({}) == "0 ok, 0 warn, 0 fail\n");
}

TEST_CASE("the same for scripts") {
  CHECK(doctor_json({kFindings[0], kFindings[1]}) ==
        R"({"checks":[{"name":"version","state":"ok","text":"flashpoll 0.1.0"},)"
        R"({"name":"fsync","state":"fail","text":"fsync is off","mend":"set it to on"}],)"
        R"("ok":1,"warn":0,"fail":1})"
        "\n");
}

TEST_CASE("a secret is its owner's alone") {
  CHECK(judge_secret_mode("/s", 0100600).state == State::ok);
  CHECK(judge_secret_mode("/s", 0100400).state == State::ok);
  CHECK(judge_secret_mode("/s", 0100640).state == State::warn);
  for (const unsigned mode : {0604U, 0602U, 0601U, 0644U, 0666U}) {
    const auto finding = judge_secret_mode("/s", mode);
    CHECK(finding.state == State::fail);
    CHECK(finding.mend.starts_with("chmod 600 /s"));
  }
  CHECK(says(judge_secret_mode("/s", 0100644), "0644"));
}

TEST_CASE("the secret is the deployment's, or the first one") {
  CHECK(judge_fingerprint("\x01\x02", "\x01\x02").state == State::ok);
  CHECK(judge_fingerprint("\x01\x02", {}).state == State::ok);
  const auto other = judge_fingerprint("\x01\x02", "\x01\x03");
  CHECK(other.state == State::fail);
  CHECK(says(other, "0103"));
  CHECK(says(other, "0102"));
}

TEST_CASE("where clients reach it") {
  CHECK(judge_public_url(with("127.0.0.1", "")).state == State::ok);
  CHECK(judge_public_url(with("0.0.0.0", "")).state == State::warn);
  CHECK(judge_public_url(with("0.0.0.0", "https://vote.example.org")).state == State::ok);
  CHECK(judge_public_url(with("0.0.0.0", "http://vote.example.org:8080")).state == State::warn);
  for (const char* near : {"http://localhost:8080", "http://127.0.0.1", "http://[::1]:8080"}) {
    CHECK_MESSAGE(judge_public_url(with("127.0.0.1", near)).state == State::ok, near);
  }
}

TEST_CASE("whose X-Forwarded-For counts") {
  CHECK(judge_proxies(with("127.0.0.1", "")).state == State::ok);
  CHECK(judge_proxies(with("10.0.0.1", "https://a.example")).state == State::warn);
  CHECK(judge_proxies(with("10.0.0.1", "https://a.example", {"10.0.0.9"})).state == State::ok);
  for (const char* bad : {"0.0.0.0/0", "::/0", "gateway", "10.0.0.0/33"}) {
    CHECK_MESSAGE(judge_proxies(with("10.0.0.1", "", {"10.0.0.9", bad})).state == State::fail, bad);
  }
}

TEST_CASE("descriptors, connections, standbys") {
  CHECK(judge_descriptors(1'048'576).state == State::ok);
  CHECK(judge_descriptors(4'096).state == State::warn);
  CHECK(judge_descriptors(1'023).state == State::fail);
  CHECK(judge_connections(82, 97).state == State::ok);
  CHECK(judge_connections(83, 97).state == State::warn);
  CHECK(judge_standbys(1).state == State::ok);
  CHECK(judge_standbys(0).state == State::warn);
}

TEST_CASE("a clock is wrong only by more than the look at it was inexact") {
  CHECK(judge_clock(1'000, 0).state == State::ok);
  CHECK(judge_clock(-1'000, 0).state == State::ok);
  CHECK(judge_clock(1'400, 400).state == State::ok);
  CHECK(judge_clock(1'401, 400).state == State::warn);
  CHECK(says(judge_clock(-90'000, 1), "90.0 s behind the database's"));
  CHECK(says(judge_clock(3, 1), "3 ms ahead of the database's"));
}

TEST_CASE("a ledger's clock is known only when a record lies ahead") {
  CHECK(judge_newest_record({}).state == State::ok);
  CHECK(says(judge_newest_record(86'400'000), "1440 min ago"));
  CHECK(judge_newest_record(-900).state == State::ok);
  CHECK(judge_newest_record(-1'001).state == State::warn);
}

TEST_CASE("room on the disk") {
  CHECK(judge_disk("/d", 3 * kGiB, 40 * kGiB).state == State::ok);
  CHECK(judge_disk("/d", 1 * kGiB, 40 * kGiB).state == State::warn);
  CHECK(judge_disk("/d", 200 << 20, 40 * kGiB).state == State::fail);
  CHECK(says(judge_disk("/d", 3 * kGiB / 2, 40 * kGiB), "1.5 GiB free of 40.0 GiB under /d"));
}

}  // namespace flashpoll::app::test
