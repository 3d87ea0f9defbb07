#include <algorithm>
#include <atomic>
#include <map>

#include "events/ids.h"
#include "infra/app/client_address.h"
#include "infra/app/operate.h"
#include "infra/app/read_ledger.h"
#include "infra/app/terminal.h"
#include "infra/archive/archive.h"
#include "infra/json/writer.h"
#include "infra/runtime/signals.h"
#include "infra/runtime/time.h"

namespace flashpoll::app {

namespace {

struct TailOptions : OperateOptions {
  std::string poll;
  std::uint64_t last = 10;
  bool follow = false;
};

std::string kind_of(const Settings& settings) {
  return settings.ledger == LedgerKind::kafka ? "kafka" : "postgres";
}

std::string info_json(const std::string& kind, const std::vector<ledger::Offset>& ends) {
  std::string text;
  json::Writer out(text);
  out.begin_object().member("ledger", kind).member("partitions", ends.size());
  out.key("ends").begin_array();
  for (const ledger::Offset end : ends) out.value(end);
  out.end_array().end_object();
  return text + "\n";
}

int info(const OperateOptions& options) {
  const OpenLedger open(options.settings());
  const std::vector<ledger::Offset> ends = open.ledger->ends(kLedgerWait);
  if (options.json()) {
    print(info_json(kind_of(open.settings), ends));
    return kOk;
  }
  std::string text = "ledger      " + kind_of(open.settings) + "\npartitions  " +
                     std::to_string(ends.size()) + "\n";
  for (std::size_t partition = 0; partition < ends.size(); ++partition) {
    text += "  " + std::to_string(partition) + " ends at " + std::to_string(ends[partition]) + "\n";
  }
  print(text);
  return kOk;
}

std::string as_text(const ledger::Record& record) {
  return std::to_string(record.partition) + ":" + std::to_string(record.offset) + " " +
         runtime::format_time(record.append_time_ms) + " " + printable(record.value) + "\n";
}

std::string as_json(const ledger::Record& record) {
  std::string text;
  json::Writer out(text);
  out.begin_object().member("partition", record.partition).member("offset", record.offset);
  out.member("at", runtime::format_time(record.append_time_ms));
  archive::add_bytes(out, "key", record.key);
  archive::add_bytes(out, "value", record.value);
  out.end_object();
  return text + "\n";
}

/// The partitions that are wanted, each from its last few records on.
std::vector<ledger::Start> starts_of(const TailOptions& options, const std::string& key,
                                     const std::vector<ledger::Offset>& ends) {
  const auto count = static_cast<std::uint32_t>(ends.size());
  std::vector<ledger::Start> starts;
  for (ledger::Partition partition = 0; partition < count; ++partition) {
    if (!key.empty() && partition != events::partition_of(key, count)) continue;
    const auto last = static_cast<ledger::Offset>(
        std::min<std::uint64_t>(options.last, static_cast<std::uint64_t>(ends[partition])));
    starts.push_back({partition, ends[partition] - last});
  }
  return starts;
}

/// New records until Ctrl-C.
void follow(ledger::Ledger& ledger, const std::vector<ledger::Start>& starts,
            const std::function<void(const ledger::Record&)>& show) {
  constexpr std::size_t kRecords = 1'000;
  const auto tail = ledger.tail(starts);
  std::atomic<bool> over = false;
  const runtime::StopSignals stop([&](int) {
    over = true;
    tail->wake();
  });
  while (!over) {
    for (const ledger::Record& record : tail->read(kRecords, std::chrono::seconds(1))) {
      show(record);
    }
  }
}

int tail(const TailOptions& options) {
  if (options.follow) runtime::block_stop_signals();
  const std::string key = options.poll.empty() ? "" : parse_poll_address(options.poll).poll.text();
  const OpenLedger open(options.settings());
  const auto starts = starts_of(options, key, open.ledger->ends(kLedgerWait));
  const auto show = [&](const ledger::Record& record) {
    if (!key.empty() && record.key != key) return true;
    print(options.json() ? as_json(record) : as_text(record));
    return true;
  };
  if (options.follow) {
    follow(*open.ledger, starts, show);
  } else {
    read_to_end(*open.ledger, starts, show);
  }
  return kOk;
}

}  // namespace

void add_ledger(Program& program) {
  CLI::App* parent = program.cli.add_subcommand("ledger", "The ledger itself");
  parent->require_subcommand(1);
  CLI::App* command = parent->add_subcommand("info", "Its partitions and their ends");
  on_call(program, *command, add_operate_options<OperateOptions>(*command), info);
  command = parent->add_subcommand("tail", "Its last records, as they are stored");
  auto options = add_operate_options<TailOptions>(*command);
  command->add_option("poll", options->poll, "only this poll's, of the records looked at");
  command->add_option("--last", options->last, "records to look at in each partition [10]");
  command->add_flag("-f,--follow", options->follow, "go on with new ones until Ctrl-C");
  on_call(program, *command, options, tail);
  add_export(program, *parent);
  add_import(program, *parent);
}

}  // namespace flashpoll::app
