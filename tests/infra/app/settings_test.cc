#include "infra/app/settings.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "infra/runtime/fault.h"

namespace flashpoll::app {
namespace {

Settings with(runtime::Texts flags, runtime::Texts environment = {}) {
  return read_settings(runtime::Config::load(
      settings_table(), {.flags = std::move(flags), .environment = std::move(environment)},
      other_variables()));
}

std::string refusal(runtime::Texts flags, runtime::Texts environment = {}) {
  try {
    (void)with(std::move(flags), std::move(environment));
  } catch (const Misconfigured& fault) {
    return fault.what();
  }
  return "accepted";
}

std::string secret_in_file(const std::string& text) {
  const auto path =
      std::filesystem::temp_directory_path() / ("flashpoll-secret-" + std::to_string(::getpid()));
  std::ofstream(path) << text;
  try {
    const std::string secret = read_secret(path.string());
    std::filesystem::remove(path);
    return secret;
  } catch (const Misconfigured&) {
    std::filesystem::remove(path);
    throw;
  }
}

}  // namespace

TEST_CASE("the defaults are good for one machine") {
  const Settings settings = with({});
  CHECK(settings.listen == "127.0.0.1");
  CHECK(settings.port == 8080);
  CHECK(settings.admin_port == 8081);
  CHECK(settings.partitions == 12);
  CHECK(settings.io_threads > 0);
  CHECK(settings.limits.openings_per_minute == 30);
  CHECK(settings.limits.failed_credentials_per_minute == 10);
  CHECK(settings.stop_timeout_ms == 10'000);
  CHECK(settings.clock_offset_ms == 0);
  CHECK_FALSE(settings.public_https);
}

TEST_CASE("every setting has a help text and its own flag") {
  std::vector<std::string> flags;
  for (const runtime::Setting& setting : settings_table()) {
    CAPTURE(setting.name);
    CHECK_FALSE(setting.help.empty());
    flags.push_back(runtime::flag_of(setting));
  }
  std::ranges::sort(flags);
  CHECK(std::ranges::adjacent_find(flags) == flags.end());
}

TEST_CASE("the public URL is an origin; https makes cookies secure") {
  CHECK(with({{"public_url", "https://vote.example/"}}).public_url == "https://vote.example");
  CHECK(with({{"public_url", "https://vote.example"}}).public_https);
  CHECK_FALSE(with({{"public_url", "http://vote.example:8080"}}).public_https);
  for (const char* url : {"vote.example", "ftp://vote.example", "https://", "https:///p",
                          "https://vote.example/polls", "https://a@b", "https://a b"}) {
    CAPTURE(url);
    CHECK(refusal({{"public_url", url}}).starts_with("public_url (flag --public-url)"));
  }
}

TEST_CASE("ingest tokens are long, come by environment, and are never shown") {
  const std::string token(32, 't');
  CHECK(with({}, {{"FLASHPOLL_INGEST_TOKENS", token + "," + token}}).ingest_tokens.size() == 2);
  const std::string why = refusal({}, {{"FLASHPOLL_INGEST_TOKENS", token + ",brief"}});
  CHECK(why.starts_with("ingest_tokens (environment FLASHPOLL_INGEST_TOKENS)"));
  CHECK(why.find("brief") == std::string::npos);
  CHECK(refusal({{"ingest_tokens", token}}) != "accepted");
}

TEST_CASE("settings that do not fit together are refused") {
  CHECK(refusal({{"port", "9000"}, {"admin_port", "9000"}}).starts_with("admin_port"));
  CHECK(with({{"port", "0"}, {"admin_port", "0"}}).port == 0);
  CHECK(refusal({{"database", ""}}).starts_with("database"));
  CHECK(with({{"clock_offset_ms", "-10000"}}).clock_offset_ms == -10'000);
}

TEST_CASE("a secret is the text of its file without the line's end, and not short") {
  const std::string secret(32, 's');
  CHECK(secret_in_file(secret) == secret);
  CHECK(secret_in_file(secret + "\r\n") == secret);
  CHECK_THROWS_AS((void)secret_in_file(std::string(31, 's') + "\n"), Misconfigured);
  CHECK_THROWS_AS((void)read_secret("/nowhere/secret"), Misconfigured);
  CHECK_THROWS_AS((void)read_secret(""), Misconfigured);
}

}  // namespace flashpoll::app
