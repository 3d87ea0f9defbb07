#include <algorithm>
#include <cstdio>
#include <optional>

#include "events/codec.h"
#include "events/fold.h"
#include "infra/app/client_address.h"
#include "infra/app/operate.h"
#include "infra/app/read_ledger.h"
#include "infra/app/replay_view.h"
#include "infra/app/terminal.h"
#include "infra/runtime/fault.h"
#include "infra/runtime/signals.h"
#include "infra/runtime/thread.h"
#include "infra/runtime/time.h"

namespace flashpoll::app {

namespace {

/// Shorter waits are gathered: nobody sees more pictures a second.
constexpr std::int64_t kFrameMs = 40;

struct ReplayOptions : OperateOptions {
  std::string poll;
  std::optional<std::uint64_t> seq;
  std::string at;
  std::string speed;
  bool result_only = false;
};

/// Up to where, and how fast.
struct Plan {
  explicit Plan(const ReplayOptions& options)
      : poll(parse_poll_address(options.poll).poll), seq(options.seq) {
    if (!options.speed.empty()) speed = parse_speed(options.speed);
    if (options.at.empty()) return;
    at = runtime::parse_time(options.at);
    if (!at) {
      throw Misconfigured("--at: '" + options.at + "' is no time such as 2026-11-20T12:00:00Z");
    }
  }

  events::PollId poll;
  std::optional<std::uint64_t> seq;
  std::optional<events::TimeMs> at;
  std::int64_t speed = 0;  ///< 0: as fast as it goes
};

/// Folds one poll's records and shows each entry.
class Replay {
 public:
  Replay(const ReplayOptions& options, const Plan& plan, std::uint32_t partitions, Screen& screen)
      : options_(options),
        plan_(plan),
        key_(plan.poll.text()),
        partitions_(partitions),
        screen_(screen),
        live_(plan.speed > 0 && is_terminal() && !options.json()) {}

  /// False when the plan is fulfilled.
  bool take(const ledger::Record& record) {
    if (record.key != key_) return true;
    const events::Poll* poll = fold_.find(plan_.poll);
    const events::TimeMs before = poll == nullptr ? record.append_time_ms : poll->at;
    const events::TimeMs at = std::max(before, record.append_time_ms);
    if (plan_.at && at > *plan_.at) return false;
    pace(at - before);
    const events::Decoded decoded =
        events::decode({record.partition, record.key, record.value}, partitions_);
    const events::Outcome outcome = fold_.fold({record.offset, record.append_time_ms}, decoded);
    if (const auto* entry = std::get_if<events::Judged>(&outcome)) {
      show(*entry);
      return !plan_.seq || entry->seq.value < *plan_.seq;
    }
    note(outcome);
    return !std::holds_alternative<events::Parked>(outcome);
  }

  void end() {
    const events::Poll* poll = fold_.find(plan_.poll);
    if (poll == nullptr) throw std::runtime_error("the ledger holds no poll " + key_ + " by then");
    if (plan_.seq && poll->next_seq.value <= *plan_.seq) {
      throw std::runtime_error("the poll's last entry is " +
                               std::to_string(poll->next_seq.value - 1));
    }
    if (options_.json()) return;
    if (live_) return screen_.draw(draw(picture_of(*poll), terminal_columns()));
    for (const std::string& line : draw(picture_of(*poll), terminal_columns())) print(line + "\n");
  }

 private:
  /// Before the next entry: what stands until then, and how long.
  void pace(std::int64_t passed_ms) {
    if (plan_.speed == 0) return;
    owed_ms_ += passed_ms;
    const std::int64_t wait_ms = owed_ms_ / plan_.speed;
    if (wait_ms < kFrameMs) return;
    owed_ms_ -= wait_ms * plan_.speed;
    if (live_) screen_.draw(draw(picture_of(*fold_.find(plan_.poll)), terminal_columns()));
    runtime::pause(std::stop_token(), std::chrono::milliseconds(wait_ms));
  }

  void show(const events::Judged& entry) const {
    if (options_.json()) return print(entry_json(entry));
    if (!live_ && !options_.result_only) print(entry_text(entry));
  }

  static void note(const events::Outcome& outcome) {
    if (const auto* parked = std::get_if<events::Parked>(&outcome)) {
      std::fprintf(stderr, "flashpoll: the poll stops at an entry of the unknown type %s\n",
                   parked->type.c_str());
    } else if (const auto* stray = std::get_if<events::Stray>(&outcome)) {
      std::fprintf(stderr, "flashpoll: a record without effect: %s\n",
                   std::string(events::name(stray->cause)).c_str());
    }
  }

  const ReplayOptions& options_;
  const Plan& plan_;
  const std::string key_;
  const std::uint32_t partitions_;
  Screen& screen_;
  const bool live_;
  events::Fold fold_;
  std::int64_t owed_ms_ = 0;
};

int replay(const ReplayOptions& options) {
  runtime::block_stop_signals();
  const Plan plan(options);
  Screen screen;
  const runtime::StopSignals stop([&screen](int) { screen.end_process(); });
  const OpenLedger open(options.settings());
  const std::uint32_t partitions = open.ledger->partitions();
  const ledger::Start start{events::partition_of(plan.poll, partitions), 0};
  Replay replay(options, plan, partitions, screen);
  read_to_end(*open.ledger, {start},
              [&replay](const ledger::Record& record) { return replay.take(record); });
  replay.end();
  return kOk;
}

}  // namespace

void add_replay(Program& program) {
  CLI::App* command =
      program.cli.add_subcommand("replay", "Refold a poll from the ledger, entry by entry");
  auto options = add_operate_options<ReplayOptions>(*command);
  command->add_option("poll", options->poll, "id, name of the page, or URL")->required();
  auto* seq = command->add_option("--seq", options->seq, "up to this entry");
  command->add_option("--at", options->at, "up to this time")->excludes(seq);
  command->add_option("--speed", options->speed, "such as 20x: as it went, twenty times as fast");
  command->add_flag("--result-only", options->result_only, "no line per entry");
  on_call(program, *command, options, replay);
}

}  // namespace flashpoll::app
