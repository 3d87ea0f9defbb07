#include <cerrno>
#include <fstream>
#include <system_error>

#include "infra/app/deployment_secret.h"
#include "infra/app/import_ledger.h"
#include "infra/app/open_ledger.h"
#include "infra/app/operate.h"
#include "infra/app/progress.h"
#include "infra/app/secret_mac.h"
#include "infra/app/terminal.h"
#include "infra/json/writer.h"
#include "infra/ledger/postgres_checkpoint.h"
#include "infra/runtime/fault.h"
#include "projector/read_model.h"

namespace flashpoll::app {

namespace {

constexpr const char* kManual =
    R"(FILE is what `ledger export` wrote. It goes into the ledger that the settings name, which is
made if it is not there, may be of another kind and have another number of partitions, and must
never have held a record; the database must be new, too. No service should run on it meanwhile.
Every record keeps its time, every poll its order. secret_file must hold the secret of the service
that was exported, which is not in FILE.

The whole file is checked before the first record is appended. At the end the ledger is read again
and compared: every poll's records, verdicts and results; exit code 4 when they are not equal. When
an append is not confirmed the import is broken off: drop what it was going into, and begin anew.)";

struct ImportOptions : OperateOptions {
  std::string file;
};

std::unique_ptr<archive::ArchiveReader> open_archive(const std::string& path) {
  auto file = std::make_shared<std::ifstream>(path, std::ios::binary);
  if (!*file) throw Misconfigured("cannot read " + path);
  return std::make_unique<archive::ArchiveReader>(path, [file, path](std::span<char> room) {
    file->read(room.data(), static_cast<std::streamsize>(room.size()));
    if (file->bad()) throw std::system_error(errno, std::generic_category(), path);
    return static_cast<std::size_t>(file->gcount());
  });
}

/// Without that secret nobody could vote in the open polls any more.
events::KeyFingerprint require_secret(const Settings& settings, const archive::Header& header) {
  const SecretMac mac(read_secret(settings.secret_file));
  const events::KeyFingerprint ours = events::key_fingerprint(mac);
  if (fingerprint_text(ours) == header.key_fingerprint) return ours;
  throw Corrupt(
      "the file's polls were opened with the secret of fingerprint " + header.key_fingerprint +
      ", which is not in the file; the one in " + settings.secret_file + " has " +
      fingerprint_text(ours) +
      ", and with it nobody could vote in the open polls. Set secret_file to a copy of "
      "the secret of the service that was exported: its secret_file, or the backup of it");
}

/// Positions and snapshots of another ledger would be held against this one.
void require_new_database(const pg::Target& database) {
  bool folded = !ledger::PostgresCheckpointStore(database).newest().empty();
  const auto model = projector::ReadModel::serving(database, events::kReaderVersion);
  for (const auto& [partition, position] : model->positions()) {
    folded = folded || position.mark.next > 0;
  }
  if (!folded) return;
  throw Corrupt(
      "the database holds read tables or snapshots of another ledger: set `database` to a new one");
}

std::string as_json(const ImportOptions& options, const Imported& imported) {
  std::string text;
  json::Writer out(text);
  out.begin_object().member("file", options.file).member("equal", imported.equal());
  for (const auto& [name, summary] :
       {std::pair("in_file", &imported.file), std::pair("in_ledger", &imported.target)}) {
    out.key(name).begin_object().member("records", summary->records);
    out.member("polls", summary->keys).member("history", summary->history);
    out.member("results", summary->results).end_object();
  }
  out.member("strays_in_file", imported.file.strays);
  out.member("not_of_the_file", imported.target.strays);
  out.member("differences", imported.differing).key("polls").begin_array();
  for (const std::string& poll : imported.named) out.value(poll);
  out.end_array().end_object();
  return text + "\n";
}

/// One digest when both have it, else both.
std::string both(const std::string& file, const std::string& target) {
  if (file == target) return file + ", equal in file and ledger\n";
  return file + " in the file,\n         " + target + " in the ledger\n";
}

std::string as_text(const Imported& imported) {
  const archive::Summary& target = imported.target;
  std::string text = "records  " + std::to_string(target.records) + " of " +
                     std::to_string(target.keys) + " polls\nstrays   " +
                     std::to_string(imported.file.strays) + " in the file, not imported\n" +
                     "history  " + both(imported.file.history, target.history) + "results  " +
                     both(imported.file.results, target.results);
  if (imported.equal()) return text;
  text += "NOT EQUAL: " + std::to_string(imported.differing) + " polls differ, " +
          std::to_string(target.strays) + " records are none of the file's\n";
  for (const std::string& poll : imported.named) text += "  " + poll + "\n";
  return text + "Drop what was imported into, make it anew, and import again\n";
}

/// The ledger that the settings name, made if need be, and fit to be imported into.
std::unique_ptr<ledger::Ledger> open_target(const Settings& settings,
                                            const events::KeyFingerprint& ours, runtime::Log& log) {
  migrate_database(settings);
  auto target = open_ledger(settings, Create::yes, log, Appends::imported);
  require_empty(*target);
  const pg::Target database = database_of(settings, "import");
  check_deployment(database, ours);
  require_new_database(database);
  return target;
}

int run(const ImportOptions& options) {
  const Settings settings = options.settings();
  auto file = open_archive(options.file);
  const events::KeyFingerprint ours = require_secret(settings, file->header());
  const runtime::SystemClock clock;
  runtime::Log log(clock, std::max(settings.log_level, runtime::LogLevel::warning));
  const auto target = open_target(settings, ours, log);
  ProgressLine line(clock);
  const TransferProgress progress = [&line](std::string_view what, std::uint64_t done,
                                            std::uint64_t total) { line.show(what, done, total); };
  const CheckedArchive checked = check_archive(*file, progress);
  claim_deployment(database_of(settings, "import"), ours);
  file = open_archive(options.file);
  const Imported imported = import_ledger(*file, checked, *target, progress);
  print(options.json() ? as_json(options, imported) : as_text(imported));
  return imported.equal() ? kOk : kNotVerified;
}

}  // namespace

void add_import(Program& program, CLI::App& parent) {
  CLI::App* command =
      parent.add_subcommand("import", "A file of `export` into a new ledger")->footer(kManual);
  auto options = add_operate_options<ImportOptions>(*command);
  command->add_option("file", options->file, "what `export` wrote")->required();
  on_call(program, *command, options, run);
}

}  // namespace flashpoll::app
