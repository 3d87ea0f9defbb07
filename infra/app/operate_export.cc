#include <cstdio>
#include <cstdlib>
#include <optional>

#include "infra/app/deployment_secret.h"
#include "infra/app/export_ledger.h"
#include "infra/app/open_ledger.h"
#include "infra/app/operate.h"
#include "infra/app/progress.h"
#include "infra/app/secret_mac.h"
#include "infra/app/terminal.h"
#include "infra/archive/output_file.h"
#include "infra/json/writer.h"
#include "infra/runtime/fault.h"
#include "infra/runtime/signals.h"

namespace flashpoll::app {

namespace {

constexpr const char* kManual =
    R"(FILE is zstd over lines of JSON: a header, one line {"key","time_ms","value"} per record, one
line {"stray",…} per record without effect, and a last line with counts, digests, and the SHA-256
of all lines before it. It appears under its name when it is whole. Anybody can check it:

  zstd -dc FILE | sed '$d' | sha256sum
  zstd -dc FILE | tail -n 1 | jq

It is the ledger up to its ends when the export began; services may go on. The deployment's secret
is not in it and travels separately: import needs it. Exit code 5 when a poll is parked, which
means that this build cannot read all of the ledger.)";

struct ExportOptions : OperateOptions {
  std::string file;
};

/// Of the secret that the ledger's polls were opened with.
std::string fingerprint_of(const OpenLedger& open) {
  const auto stored = deployment_fingerprint(database_of(open.settings, "export"));
  if (stored) return *stored;
  const SecretMac ours(read_secret(open.settings.secret_file));
  return fingerprint_text(events::key_fingerprint(ours));
}

archive::Summary run_export(const OpenLedger& open, const std::string& fingerprint,
                            const archive::Sink& sink) {
  ProgressLine line(open.clock);
  return export_ledger(*open.ledger, fingerprint, sink,
                       [&line](std::string_view what, std::uint64_t done, std::uint64_t total) {
                         line.show(what, done, total);
                       });
}

archive::Summary export_to_stdout(const OpenLedger& open, const std::string& fingerprint) {
  if (is_terminal()) throw Misconfigured("-: a terminal takes no compressed file");
  return run_export(open, fingerprint, print);
}

archive::Summary export_to_file(const OpenLedger& open, const std::string& fingerprint,
                                const std::string& path) {
  archive::OutputFile file(path);
  const runtime::StopSignals stop([&file](int) {
    file.discard();
    std::_Exit(kFailed);
  });
  const archive::Summary summary =
      run_export(open, fingerprint, [&file](std::string_view bytes) { file.write(bytes); });
  file.commit();
  return summary;
}

std::string as_json(const ExportOptions& options, const std::string& fingerprint,
                    const archive::Summary& summary) {
  std::string text;
  json::Writer out(text);
  out.begin_object().member("file", options.file).member("records", summary.records);
  out.member("strays", summary.strays).member("polls", summary.keys);
  out.member("history", summary.history).member("results", summary.results);
  out.member("sha256", summary.sha256).member("key_fingerprint", fingerprint).end_object();
  return text + "\n";
}

std::string as_text(const ExportOptions& options, const std::string& fingerprint,
                    const archive::Summary& summary) {
  return "file     " + options.file + "\nrecords  " + std::to_string(summary.records) + " of " +
         std::to_string(summary.keys) + " polls\nstrays   " + std::to_string(summary.strays) +
         " records without effect, listed and never imported\nhistory  " + summary.history +
         "\nresults  " + summary.results + "\nsha256   " + summary.sha256 +
         "\nsecret   not in the file: the one with fingerprint " + fingerprint +
         " travels separately\n";
}

int run(const ExportOptions& options) {
  runtime::block_stop_signals();
  const bool to_stdout = options.file == "-";
  const OpenLedger open(options.settings());
  const std::string fingerprint = fingerprint_of(open);
  const archive::Summary summary = to_stdout ? export_to_stdout(open, fingerprint)
                                             : export_to_file(open, fingerprint, options.file);
  const std::string text = options.json() ? as_json(options, fingerprint, summary)
                                          : as_text(options, fingerprint, summary);
  if (to_stdout) {
    std::fputs(text.c_str(), stderr);
  } else {
    print(text);
  }
  return kOk;
}

}  // namespace

void add_export(Program& program, CLI::App& parent) {
  CLI::App* command =
      parent.add_subcommand("export", "Its whole history as one checked file")->footer(kManual);
  auto options = add_operate_options<ExportOptions>(*command);
  command->add_option("file", options->file, "where to, or - for stdout")->required();
  on_call(program, *command, options, run);
}

}  // namespace flashpoll::app
