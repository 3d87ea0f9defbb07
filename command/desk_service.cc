#include "command/desk_service.h"

#include <algorithm>
#include <utility>

#include "events/check.h"
#include "events/codec.h"
#include "infra/runtime/fault.h"
#include "infra/runtime/thread.h"

namespace flashpoll::command {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTick{10};
/// After each turn: what arrives meanwhile shares the next one. Waking a thread for each of very
/// many submissions costs more than judging them.
constexpr std::chrono::microseconds kGather{200};
/// While requests wait for the ledger, so much longer, or until it says something: it commits what
/// comes together, too.
constexpr std::chrono::microseconds kGatherMore{800};
constexpr milliseconds kTailWait{250};
constexpr milliseconds kAfterFault{200};
constexpr milliseconds kLookUpWait{1000};
constexpr milliseconds kEndsAtStartWait{5000};
constexpr std::size_t kBatchRecords = 2'000;
/// About so many lines are judged before they go to the ledger, which writes them meanwhile.
constexpr RequestId kLinesOfATurn = 2'000;
constexpr std::ptrdiff_t kBatchesAhead = 16;
/// Inbox places beside those of the submissions: batches, reports (one per batch of the ledger),
/// ends.
constexpr std::size_t kOtherInputs = 200'000;

}  // namespace

DeskService::DeskService(Ports ports, Desk desk, std::function<void(const std::string&)> on_corrupt)
    : ports_(ports),
      on_corrupt_(std::move(on_corrupt)),
      desk_(std::move(desk)),
      max_waiting_(desk_.max_waiting()),
      inbox_(std::make_shared<runtime::BoundedQueue<Input>>(max_waiting_ + kOtherInputs)),
      tail_batches_(kBatchesAhead),
      batches_(std::min(max_waiting_ / 2, ports.ledger.depth())) {}

DeskService::~DeskService() { stop(milliseconds{0}); }

void DeskService::start() {
  ends_at_start_ = ports_.ledger.ends(kEndsAtStartWait);
  go_live_when_caught_up();
  desk_thread_ = runtime::start_thread("desk", [this] { run(); });
  tail_thread_ =
      runtime::start_thread("desk-tail", [this](const std::stop_token& stop) { read_tail(stop); });
  look_up_thread_ = runtime::start_thread("desk-ends", [this] { answer_look_ups(); });
}

void DeskService::stop(milliseconds wait) {
  if (!desk_thread_.joinable()) return;
  draining_ = true;
  const auto until = std::chrono::steady_clock::now() + wait;
  while (waiting_ + submitted_ > 0 && std::chrono::steady_clock::now() < until) {
    (void)runtime::pause(desk_thread_.get_stop_token(), kTick);
  }
  tail_thread_.request_stop();
  ports_.tail.wake();
  tail_batches_.release();
  tail_thread_.join();
  look_ups_.close();
  look_up_thread_.join();
  inbox_->close();
  desk_thread_.join();
}

void DeskService::submit(Command command, OnReply on_reply) {
  if (!live_ || draining_) return on_reply(Refused{events::Refusal::not_ready});
  if (submitted_.fetch_add(1) >= max_waiting_) {
    --submitted_;
    return on_reply(Refused{events::Refusal::overloaded});
  }
  Input input = Submission{std::move(command), std::move(on_reply)};
  if (inbox_->push(std::move(input))) return;
  --submitted_;
  std::get<Submission>(input).on_reply(Refused{events::Refusal::not_ready});
}

bool DeskService::submit_batch(Batch batch) {
  return live_ && !draining_ && inbox_->push(std::move(batch));
}

void DeskService::run() {
  std::vector<Input> inputs;
  while (inbox_->drain(inputs, kTick)) {
    const Now moment = now();
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      events::expect_ahead(i, inputs.size(), [&](std::size_t next) { expect(inputs[next]); });
      take_in(inputs[i], moment);
    }
    admit_batches(moment);
    desk_.tick(moment);
    carry_out();
    if (!live_) go_live_when_caught_up();
    waiting_ = desk_.waiting();
    if (inputs.empty()) continue;
    (void)runtime::pause({}, kGather);
    if (waiting_ > 0) inbox_->gather(kGatherMore);
  }
  refuse_the_rest();
}

void DeskService::expect(const Input& input) const {
  if (const auto* submission = std::get_if<Submission>(&input)) desk_.expect(submission->command);
}

void DeskService::take_in(Input& input, Now moment) {
  if (auto* submission = std::get_if<Submission>(&input)) {
    const RequestId request = next_request_++;
    callbacks_.emplace(request, std::move(submission->on_reply));
    desk_.submit(request, std::move(submission->command), moment);
    --submitted_;
  } else if (auto* batch = std::get_if<Batch>(&input)) {
    batches_.add(std::move(*batch));
  } else if (const auto* records = std::get_if<Records>(&input)) {
    read(*records, moment);
  } else if (const auto* report = std::get_if<Report>(&input)) {
    for (std::size_t i = 0; i < report->appends.size(); ++i) {
      const auto& [id, partition] = report->appends[i];
      desk_.appended(id, partition, report->results[i]);
    }
  } else {
    const auto& ends = std::get<Ends>(input).offsets;
    ends.empty() ? desk_.ends_unknown() : desk_.ends_known(ends, moment);
  }
}

void DeskService::read(const Records& records, Now moment) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    events::expect_ahead(i, records.size(), [&](std::size_t next) { desk_.expect(records[next]); });
    desk_.read(records[i], moment);
  }
  tail_batches_.release();
}

void DeskService::admit_batches(Now moment) {
  const RequestId first = next_request_;
  while (can_admit() && next_request_ - first < kLinesOfATurn) {
    auto lines = batches_.admit(next_request_);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      events::expect_ahead(i, lines.size(),
                           [&](std::size_t next) { desk_.expect(lines[next].command); });
      desk_.submit_placed(next_request_++, std::move(lines[i].command), moment);
    }
  }
}

void DeskService::carry_out() {
  desk_.take(effects_);
  append(effects_.appends);
  if (effects_.look_up_ends) {
    FP_CHECK(look_ups_.push(true), "one look-up is in flight at a time");
  }
  // What the ledger did not take is answered with the rest.
  desk_.take(refused_);
  for (auto* answers : {&effects_.answers, &refused_.answers}) {
    for (Effects::Answer& answer : *answers) deliver(answer);
  }
  batches_.tell();
  // What was answered has made room.
  if (can_admit()) inbox_->wake();
}

void DeskService::deliver(Effects::Answer& answer) {
  if (batches_.take(answer.request, answer.reply)) return;
  const auto it = callbacks_.find(answer.request);
  const OnReply on_reply = std::move(it->second);
  callbacks_.erase(it);
  on_reply(std::move(answer.reply));
}

void DeskService::append(std::vector<Effects::Append>& appends) {
  if (appends.empty()) return;
  std::vector<ledger::Entry> entries;
  std::vector<std::pair<AppendId, ledger::Partition>> ids;
  entries.reserve(appends.size());
  ids.reserve(appends.size());
  for (Effects::Append& append : appends) {
    ids.emplace_back(append.id, append.entry.partition);
    entries.push_back(std::move(append.entry));
  }
  // Where what is read is durable, the records follow the report, and only both make an answer.
  const bool urgent = !ports_.ledger.read_is_durable();
  auto done = [inbox = inbox_, ids, urgent](std::span<const ledger::AppendResult> results) {
    Report report{ids, {results.begin(), results.end()}};
    // False only while stopping: then nobody waits for it.
    (void)(urgent ? inbox->push_urgent(std::move(report)) : inbox->push(std::move(report)));
  };
  if (ports_.ledger.append(std::move(entries), std::move(done))) return;
  for (const auto& [id, partition] : ids) desk_.not_taken(id);
}

void DeskService::read_tail(const std::stop_token& stop) {
  const ledger::Partition partitions = ports_.ledger.partitions();
  while (!stop.stop_requested()) {
    try {
      const auto records = ports_.tail.read(kBatchRecords, kTailWait);
      if (records.empty()) continue;
      Records batch;
      batch.reserve(records.size());
      for (const ledger::Record& record : records) {
        batch.push_back({record.partition,
                         {record.offset, record.append_time_ms},
                         events::decode({record.partition, record.key, record.value}, partitions)});
      }
      tail_batches_.acquire();
      (void)inbox_->push_urgent(std::move(batch));
    } catch (const Unavailable& fault) {
      ports_.log.warning("desk", "the ledger cannot be read", {{"cause", fault.what()}});
      (void)runtime::pause(stop, kAfterFault);
    } catch (const Corrupt& fault) {
      return on_corrupt_(fault.what());
    }
  }
}

void DeskService::answer_look_ups() {
  std::vector<bool> batch;
  while (look_ups_.drain(batch, kLookUpWait)) {
    if (batch.empty()) continue;
    Ends ends;
    try {
      ends.offsets = ports_.ledger.ends(kLookUpWait);
    } catch (const Unavailable& fault) {
      ports_.log.warning("desk", "the ledger's end cannot be asked", {{"cause", fault.what()}});
    }
    (void)inbox_->push(std::move(ends));
  }
}

void DeskService::go_live_when_caught_up() {
  for (ledger::Partition p = 0; p < desk_.partitions(); ++p) {
    if (desk_.next_offset(p) < ends_at_start_[p]) return;
  }
  desk_.go_live();
  live_ = true;
}

void DeskService::refuse_the_rest() {
  for (auto& [request, on_reply] : callbacks_) {
    on_reply(Refused{events::Refusal::outcome_unknown});
  }
  callbacks_.clear();
}

Now DeskService::now() const { return {ports_.clock.wall_ms(), ports_.clock.monotonic_ms()}; }

}  // namespace flashpoll::command
