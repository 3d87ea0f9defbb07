#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "infra/ledger/kafka_target.h"
#include "infra/runtime/config.h"
#include "infra/runtime/log.h"

/// What an operator can set: one table, and the same as typed values after all checks.
namespace flashpoll::app {

/// The rows of `config show` and of the README, in this order.
[[nodiscard]] std::span<const runtime::Setting> settings_table();

/// Variables that begin with FLASHPOLL_ but are no settings of the server.
[[nodiscard]] std::span<const std::string_view> other_variables();

enum class LedgerKind : std::uint8_t { postgres, kafka };

struct Limits {
  std::int64_t openings_per_minute = 0;            ///< per address; 0: no limit
  std::int64_t failed_credentials_per_minute = 0;  ///< per address; 0: no limit
};

struct Settings {
  std::string listen;
  std::uint16_t port = 0;  ///< 0: any free one
  std::string admin_listen;
  std::uint16_t admin_port = 0;  ///< 0: any free one
  std::string public_url;        ///< without a slash at the end; empty: as the request says
  bool public_https = false;     ///< cookies get `Secure`
  std::vector<std::string> allowed_origins;
  std::vector<std::string> trusted_proxies;  ///< addresses or networks, as written
  std::string database;
  LedgerKind ledger = LedgerKind::postgres;
  ledger::KafkaTarget kafka;       ///< of a Kafka ledger
  std::uint32_t kafka_copies = 0;  ///< 0: 3, or as many as there are brokers
  std::uint32_t partitions = 0;
  std::string secret_file;
  std::vector<std::string> ingest_tokens;
  std::uint32_t io_threads = 0;  ///< never 0 here
  Limits limits;
  runtime::LogLevel log_level = runtime::LogLevel::info;
  std::int64_t stop_timeout_ms = 0;
  std::int64_t clock_offset_ms = 0;  ///< tests only: how wrong this node's wall clock is
};

/// Checks what concerns more than one setting. Throws Misconfigured, naming the setting.
[[nodiscard]] Settings read_settings(const runtime::Config& config);

/// The deployment's secret: the file's text without a line end at its end, at least 32 bytes.
/// Throws Misconfigured.
[[nodiscard]] std::string read_secret(const std::string& path);

}  // namespace flashpoll::app
