#include "infra/app/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <thread>

#include "infra/ledger/kafka_properties.h"
#include "infra/runtime/fault.h"

namespace flashpoll::app {
namespace {

using runtime::Setting;
using runtime::SettingKind;
using runtime::SettingType;

constexpr std::size_t kTokenBytes = 32;
constexpr std::int64_t kDayMs = 86'400'000;

constexpr Setting integer(std::string_view name, std::string_view fallback, std::int64_t min,
                          std::int64_t max, std::string_view help) {
  return {name, SettingType::integer, fallback, help, SettingKind::plain, min, max};
}

constexpr Setting text(std::string_view name, std::string_view fallback, std::string_view help,
                       SettingKind kind = SettingKind::plain) {
  return {name, SettingType::text, fallback, help, kind};
}

constexpr Setting choice(std::string_view name, std::string_view fallback, std::string_view one_of,
                         std::string_view help) {
  return {name, SettingType::text, fallback, help, SettingKind::plain, 0, INT64_MAX, one_of};
}

constexpr Setting list(std::string_view name, std::string_view help,
                       SettingKind kind = SettingKind::plain) {
  return {name, SettingType::list, "", help, kind};
}

constexpr std::array kTable = {
    text("listen", "127.0.0.1", "address of the public port"),
    integer("port", "8080", 0, 65535, "public port, 0 for any free one"),
    text("admin_listen", "127.0.0.1", "address of the admin port"),
    integer("admin_port", "8081", 0, 65535, "/livez, /readyz and /metrics; 0 for any free one"),
    text("public_url", "", "where clients reach this service, for links, QR codes and cookies"),
    list("allowed_origins", "origins besides the own that may open a WebSocket"),
    list("trusted_proxies", "addresses or networks whose X-Forwarded-For counts"),
    text("database", "postgresql:///flashpoll", "PostgreSQL, as a URL or libpq's key=value text",
         SettingKind::url),
    choice("ledger", "postgres", "postgres|kafka",
           "where the ledger is: in the database, in Kafka"),
    text("kafka_topic", "flashpoll", "topic of a ledger in Kafka"),
    integer("kafka_copies", "0", 0, 9,
            "brokers that hold each record of a new topic, 0 for 3 or as many as there are"),
    Setting{.name = "kafka",
            .type = SettingType::properties,
            .fallback = "",
            .help = "property of librdkafka, as bootstrap.servers=HOST:PORT,…",
            .kind = SettingKind::plain,
            .min = 0,
            .max = INT64_MAX,
            .one_of = "",
            .is_secret = ledger::is_secret_property},
    integer("partitions", "12", 1, 1024, "partitions of a new ledger, fixed from then on"),
    text("secret_file", "", "file with the deployment's secret, at least 32 bytes"),
    list("ingest_tokens", "tokens for trusted voters and bulk ingestion", SettingKind::secret),
    integer("io_threads", "0", 0, 256, "threads for connections, 0 for one per core"),
    integer("limits.openings_per_minute", "30", 0, 1'000'000,
            "polls that one address may open, 0 for no limit"),
    integer("limits.failed_credentials_per_minute", "10", 0, 1'000'000,
            "wrong credentials that one address may send, 0 for no limit"),
    choice("log_level", "info", "debug|info|warning|error", "the least that is logged"),
    Setting{"stop_timeout", SettingType::duration, "10s", "how long stopping may take",
            SettingKind::plain, 100, 60'000},
    integer("clock_offset_ms", "0", -kDayMs, kDayMs, "for tests: makes the wall clock wrong"),
};

constexpr std::array<std::string_view, 3> kOtherVariables = {
    "FLASHPOLL_URL",     // the client commands: which server
    "FLASHPOLL_TOKEN",   // the client commands: credential
    "FLASHPOLL_WEB_OUT"  // the build of the page
};

std::string checked_public_url(const runtime::Config& config) {
  std::string url = config.text("public_url");
  if (url.empty()) return url;
  const bool http = url.starts_with("http://") || url.starts_with("https://");
  const std::size_t host = url.find("://") + 3;
  if (url.ends_with('/')) url.pop_back();
  if (!http || url.size() <= host || url.find_first_of("/?#@ ", host) != std::string::npos) {
    config.refuse("public_url", "http:// or https:// with a host, and a port if need be, expected");
  }
  return url;
}

std::vector<std::string> checked_tokens(const runtime::Config& config) {
  std::vector<std::string> tokens = config.list("ingest_tokens");
  if (std::ranges::any_of(tokens, [](const auto& token) { return token.size() < kTokenBytes; })) {
    config.refuse("ingest_tokens",
                  fmt::format("each token needs at least {} characters", kTokenBytes));
  }
  return tokens;
}

void check_together(const runtime::Config& config, const Settings& settings) {
  if (settings.port != 0 && settings.port == settings.admin_port) {
    config.refuse("admin_port", "the same as port");
  }
  if (settings.database.empty()) {
    config.refuse("database", "needed: the read tables are there, and the ledger unless in Kafka");
  }
  if (settings.ledger == LedgerKind::kafka && settings.kafka.servers().empty()) {
    config.refuse(
        "ledger",
        "kafka needs the property bootstrap.servers; set FLASHPOLL_KAFKA_BOOTSTRAP_SERVERS, "
        "or bootstrap.servers in the file's table [kafka]");
  }
}

ledger::KafkaTarget kafka_target(const runtime::Config& config) {
  ledger::KafkaTarget target{config.text("kafka_topic"), config.properties("kafka")};
  for (const auto& [name, value] : target.properties) {
    const std::string_view reason = ledger::why_fixed(name);
    if (!reason.empty()) {
      config.refuse("kafka." + name, fmt::format("it cannot be set: {}", reason));
    }
  }
  return target;
}

std::uint32_t thread_count(std::int64_t configured) {
  if (configured > 0) return static_cast<std::uint32_t>(configured);
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

std::span<const Setting> settings_table() { return kTable; }

std::span<const std::string_view> other_variables() { return kOtherVariables; }

Settings read_settings(const runtime::Config& config) {
  Settings settings;
  settings.listen = config.text("listen");
  settings.port = static_cast<std::uint16_t>(config.integer("port"));
  settings.admin_listen = config.text("admin_listen");
  settings.admin_port = static_cast<std::uint16_t>(config.integer("admin_port"));
  settings.public_url = checked_public_url(config);
  settings.public_https = settings.public_url.starts_with("https://");
  settings.allowed_origins = config.list("allowed_origins");
  settings.trusted_proxies = config.list("trusted_proxies");
  settings.database = config.text("database");
  settings.ledger = config.text("ledger") == "kafka" ? LedgerKind::kafka : LedgerKind::postgres;
  settings.kafka = kafka_target(config);
  settings.kafka_copies = static_cast<std::uint32_t>(config.integer("kafka_copies"));
  settings.partitions = static_cast<std::uint32_t>(config.integer("partitions"));
  settings.secret_file = config.text("secret_file");
  settings.ingest_tokens = checked_tokens(config);
  settings.io_threads = thread_count(config.integer("io_threads"));
  settings.limits.openings_per_minute = config.integer("limits.openings_per_minute");
  settings.limits.failed_credentials_per_minute =
      config.integer("limits.failed_credentials_per_minute");
  settings.log_level = runtime::parse_log_level(config.text("log_level"));
  settings.stop_timeout_ms = config.duration_ms("stop_timeout");
  settings.clock_offset_ms = config.integer("clock_offset_ms");
  check_together(config, settings);
  return settings;
}

std::string read_secret(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (path.empty() || !file) {
    throw Misconfigured(fmt::format("secret_file: cannot read \"{}\"", path));
  }
  std::string secret{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  while (secret.ends_with('\n') || secret.ends_with('\r')) secret.pop_back();
  if (secret.size() < kTokenBytes) {
    throw Misconfigured(fmt::format("secret_file: {} holds less than {} bytes", path, kTokenBytes));
  }
  return secret;
}

}  // namespace flashpoll::app
