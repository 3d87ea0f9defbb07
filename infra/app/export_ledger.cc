#include "infra/app/export_ledger.h"

#include <numeric>

#include "infra/app/ledger_history.h"
#include "infra/app/read_ledger.h"
#include "infra/archive/archive_writer.h"
#include "infra/runtime/fault.h"

namespace flashpoll::app {

namespace {

/// Of the parked polls that are named in the message.
constexpr std::size_t kNamed = 20;

class Export {
 public:
  Export(ledger::Ledger& ledger, const std::string& key_fingerprint, const archive::Sink& sink,
         const TransferProgress& progress)
      : ledger_(ledger),
        ends_(ledger.ends(kLedgerWait)),
        total_(std::reduce(ends_.begin(), ends_.end(), std::uint64_t{0})),
        history_(ledger.partitions()),
        writer_({.key_fingerprint = key_fingerprint, .ends = ends_}, sink),
        progress_(progress) {}

  archive::Summary run() {
    for (ledger::Partition partition = 0; partition < ledger_.partitions(); ++partition) {
      read_up_to(ledger_, ends_, {{partition, 0}}, [this](const ledger::Record& record) {
        take(record);
        return true;
      });
    }
    history_.finish();
    progress_("exported", done_, total_);
    if (parked_ > 0) refuse();
    return writer_.finish({.keys = history_.polls(),
                           .history = history_.history_digest(),
                           .results = history_.results_digest(),
                           .sha256 = {}});
  }

 private:
  void take(const ledger::Record& record) {
    if (++done_ % kProgressRecords == 0) progress_("exported", done_, total_);
    const events::Outcome outcome = history_.take(record);
    if (std::holds_alternative<events::Judged>(outcome)) {
      writer_.record({record.append_time_ms, record.key, record.value});
    } else if (const auto* stray = std::get_if<events::Stray>(&outcome)) {
      writer_.stray({.cause = events::name(stray->cause),
                     .partition = record.partition,
                     .offset = record.offset,
                     .time_ms = record.append_time_ms,
                     .key = record.key,
                     .value = record.value});
    } else if (const auto* parked = std::get_if<events::Parked>(&outcome)) {
      if (++parked_ <= kNamed) named_ += " " + parked->poll.text() + " (" + parked->type + ")";
    }
  }

  [[noreturn]] void refuse() const {
    throw Corrupt(
        "the ledger is not exported: " + std::to_string(parked_) +
        " polls are parked at a record of a type that this build does not know:" + named_ +
        (parked_ > kNamed ? " …" : "") + ". Export with a build that knows the type");
  }

  ledger::Ledger& ledger_;
  const std::vector<ledger::Offset> ends_;
  const std::uint64_t total_;
  LedgerHistory history_;
  archive::ArchiveWriter writer_;
  const TransferProgress& progress_;
  std::uint64_t done_ = 0;
  std::uint64_t parked_ = 0;
  std::string named_;
};

}  // namespace

archive::Summary export_ledger(ledger::Ledger& ledger, const std::string& key_fingerprint,
                               const archive::Sink& sink, const TransferProgress& progress) {
  return Export(ledger, key_fingerprint, sink, progress).run();
}

}  // namespace flashpoll::app
