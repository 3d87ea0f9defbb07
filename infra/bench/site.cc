#include "infra/bench/site.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "events/fold.h"
#include "infra/app/open_ledger.h"
#include "infra/app/read_ledger.h"
#include "infra/bench/durability.h"
#include "infra/http/client.h"
#include "infra/json/writer.h"
#include "infra/runtime/fault.h"

namespace flashpoll::bench {

namespace {

using Seconds = std::chrono::duration<double>;

/// As infra/up runs it.
std::vector<std::string> postgres_settings(const Options& options) {
  std::vector<std::string> settings = {"shared_buffers=256MB", "max_wal_size=2GB",
                                       "min_wal_size=256MB",   "wal_compression=lz4",
                                       "wal_init_zero=off",    "checkpoint_timeout=15min"};
  settings.insert(settings.end(), options.postgres_settings.begin(),
                  options.postgres_settings.end());
  return settings;
}

std::string quoted(const std::string& text) {
  std::string out;
  json::append_string(out, text);
  return out;
}

std::string default_program() {
  return std::filesystem::path(own_path()).parent_path().parent_path() / "app" / "flashpoll";
}

constexpr const char* kDatabase = "test_1";
constexpr const char* kKept = "kept";

}  // namespace

Directory::Directory(const std::string& parent) : path_(parent + "/fpb-XXXXXX") {
  require_disk(parent);
  if (::mkdtemp(path_.data()) == nullptr) {
    throw Misconfigured("--data: no directory can be made in " + parent);
  }
  // PostgreSQL's user enters it.
  std::filesystem::permissions(path_, std::filesystem::perms(0755));
}

Directory::~Directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Site::Site(const Options& options)
    : options_(options), log_(clock_, runtime::LogLevel::warning), directory_(options.data) {
  const Pinned here(options.server_core());
  postgres_ = std::make_unique<test::PrivatePostgres>(postgres_settings(options), directory());
  settings_.database = postgres_->create_database();
  pg::Connection connection(database());
  require_durable(connection);
  if (options.kafka) {
    kafka_ =
        std::make_unique<test::PrivateKafka>(1, test::PrivateKafkaOptions{.parent = directory()});
    settings_.ledger = app::LedgerKind::kafka;
    settings_.kafka = {"flashpoll", {{"bootstrap.servers", kafka_->servers()}}};
  }
  settings_.partitions = 12;
  settings_.secret_file = directory() + "/secret";
  std::ofstream(settings_.secret_file) << "the secret of a bench is no secret at all";
  write_config();
}

void Site::write_config() const {
  std::ofstream file(directory() + "/flashpoll.toml");
  file << "database = " << quoted(settings_.database)
       << "\nsecret_file = " << quoted(settings_.secret_file)
       << "\npartitions = " << settings_.partitions << "\ningest_tokens = [" << quoted(kIngestToken)
       << "]\nlisten = \"127.0.0.1\"\n";
  if (options_.pin_apart) file << "io_threads = 1\n";  // for the one core that it has
  if (kafka_) {
    file << "ledger = \"kafka\"\n[kafka]\n\"bootstrap.servers\" = " << quoted(kafka_->servers())
         << "\n";
  }
}

std::unique_ptr<Node> Site::launch(const std::string& role) {
  const Pinned here(options_.server_core());
  const std::uint16_t port = free_port();
  std::uint16_t admin_port = free_port();
  while (admin_port == port) admin_port = free_port();
  const std::string program = options_.flashpoll.empty() ? default_program() : options_.flashpoll;
  const std::string log = directory() + "/" + role + "-" + std::to_string(++nodes_) + ".log";
  return std::make_unique<Node>(
      test::Words{program, "serve", "--role", role, "--config", directory() + "/flashpoll.toml",
                  "--port", std::to_string(port), "--admin-port", std::to_string(admin_port)},
      log, port, admin_port);
}

std::unique_ptr<Node> Site::start(const std::string& role) {
  auto node = launch(role);
  wait_ready(*node, std::chrono::seconds(60));
  return node;
}

void Site::wait_ready(Node& node, std::chrono::seconds limit) const {
  const http::Client client;
  const std::string url = "http://127.0.0.1:" + std::to_string(node.admin_port) + "/readyz";
  wait_until("flashpoll is ready", limit, [&] {
    if (!node.process.running()) throw std::runtime_error(node.process.output());
    try {
      return client.request("GET", url).status == 200;
    } catch (const Unavailable&) {
      return false;
    }
  });
}

Site::Ran Site::operate(const std::vector<std::string>& command) const {
  const Pinned here(options_.server_core());
  const std::string program = options_.flashpoll.empty() ? default_program() : options_.flashpoll;
  const std::string log = directory() + "/" + command.front() + ".log";
  std::filesystem::remove(log);
  const auto begin = std::chrono::steady_clock::now();
  const double cpu_before = children_cpu_seconds();
  std::vector<std::string> arguments = {program};
  arguments.insert(arguments.end(), command.begin(), command.end());
  for (const char* more : {"-o", "json", "--config"}) arguments.emplace_back(more);
  arguments.push_back(directory() + "/flashpoll.toml");
  Process process(arguments, log);
  Ran ran;
  ran.code = process.wait(std::chrono::seconds(3'600));
  ran.seconds = Seconds(std::chrono::steady_clock::now() - begin).count();
  ran.cpu_seconds = children_cpu_seconds() - cpu_before;
  ran.output = process.output();
  return ran;
}

std::unique_ptr<ledger::Ledger> Site::open_ledger(bool import) {
  app::migrate_database(settings_);
  return app::open_ledger(settings_, app::Create::yes, log_,
                          import ? app::Appends::imported : app::Appends::served);
}

pg::Target Site::another_database() { return {postgres_->create_database(), "flashpoll-bench"}; }

void Site::sql(const std::string& statement) {
  pg::Connection connection({postgres_->connection_string(), "flashpoll-bench"});
  connection.set_limit(std::chrono::minutes(10));
  connection.exec(statement);
}

void Site::keep_database() {
  sql(std::string("CREATE DATABASE ") + kKept + " TEMPLATE " + kDatabase + " STRATEGY file_copy");
}

void Site::restore_database() {
  sql(std::string("DROP DATABASE ") + kDatabase + " WITH (FORCE)");
  sql(std::string("CREATE DATABASE ") + kDatabase + " TEMPLATE " + kKept + " STRATEGY file_copy");
  sql("CHECKPOINT");
}

Usage Site::storage_usage() const {
  Usage usage = usage_of_tree(postgres_->pid());
  if (kafka_) usage += usage_of_tree(kafka_->pid(1));
  return usage;
}

std::uint64_t counted_votes(ledger::Ledger& ledger) {
  std::uint64_t counted = 0;
  for (ledger::Partition partition = 0; partition < ledger.partitions(); ++partition) {
    events::Fold fold;
    app::read_to_end(ledger, {{partition, 0}}, [&](const ledger::Record& record) {
      const events::Decoded decoded = events::decode(
          {.partition = partition, .key = record.key, .value = record.value}, ledger.partitions());
      const events::Outcome outcome = fold.fold({record.offset, record.append_time_ms}, decoded);
      const auto* judged = std::get_if<events::Judged>(&outcome);
      const bool vote =
          judged != nullptr && std::holds_alternative<events::VoteCast>(judged->event);
      counted += vote && judged->counted() ? 1 : 0;
      return true;
    });
  }
  return counted;
}

}  // namespace flashpoll::bench
