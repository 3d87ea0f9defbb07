#include "command/desk.h"

#include <algorithm>
#include <utility>

#include "events/check.h"
#include "events/codec.h"

namespace flashpoll::command {

namespace {

using events::Refusal;

/// How long a closed poll's voters are kept, so that late retries still get their receipt.
constexpr TimeMs kKeepVotersMs = 3'600'000;

}  // namespace

Desk::Desk(DeskSettings settings)
    : settings_(std::move(settings)), partitions_(settings_.partitions), closer_(settings_.seed) {}

void Desk::restore(PollId id, events::PollSlot slot) {
  const events::Poll* poll = slot.poll.get();
  if (poll != nullptr && !slot.parked) {
    closer_.observe(*poll);
    if (poll->closed) voters_to_drop_.emplace(poll->closed->at + kKeepVotersMs, id);
  }
  partitions_[partition_of(id)].fold.put(id, std::move(slot));
}

void Desk::start_at(ledger::Partition partition, ledger::Offset offset) {
  partitions_[partition].next = offset;
}

void Desk::submit(RequestId request, Command&& command, Now now) {
  if (waiting_.size() >= settings_.max_waiting) {
    effects_.answers.push_back({request, Refused{Refusal::overloaded}});
    return;
  }
  submit_placed(request, std::move(command), now);
}

void Desk::submit_placed(RequestId request, Command&& command, Now now) {
  const ledger::Partition partition = partition_of(poll_of(command));
  decide_for(waiting_.add(request, partition, now.monotonic_ms), std::move(command), now);
}

void Desk::expect(const Command& command) const {
  const auto* vote = std::get_if<CastVote>(&command);
  if (vote == nullptr) return;
  const events::Fold& fold = partitions_[partition_of(vote->poll)].fold;
  // Which of them counts is the poll's to say; a hint too many costs little.
  for (const Claim* claim : {&vote->claims.trusted, &vote->claims.code, &vote->claims.device}) {
    if (claim->state == Claim::State::valid) fold.expect(vote->poll, claim->voter);
  }
  if (vote->claims.derived) fold.expect(vote->poll, vote->claims.derived->voter);
}

void Desk::decide_for(Waiting& waiting, Command&& command, Now now) {
  Decision decision = decide(partitions_[waiting.partition].fold, command, setting(now));
  if (auto* append = std::get_if<Append>(&decision)) {
    append_for(waiting, std::move(command), std::move(append->event));
  } else if (auto* stands = std::get_if<Stands>(&decision)) {
    stand_for(waiting, std::move(command), std::move(*stands));
  } else if (std::holds_alternative<IdTaken>(decision)) {
    finish(waiting, IdTaken{});
  } else {
    auto& refuse = std::get<Refuse>(decision);
    if (!refuse.final && !waiting.caught_up) return catch_up_first(waiting, std::move(command));
    finish(waiting, std::move(refuse.refused));
  }
}

void Desk::decide_again(Waiting& waiting, Now now) {
  const auto command = std::exchange(waiting.command, nullptr);
  decide_for(waiting, std::move(*command), now);
}

void Desk::append_for(Waiting& waiting, Command&& command, events::Event&& event) {
  // What becomes of a vote is said by its event alone. An owner's may come too late.
  if (events::voter_of(event) == nullptr) {
    waiting.command = std::make_unique<Command>(std::move(command));
  }
  // The same request may be on its way already, sent twice by an impatient client: one record
  // answers both, if it is still to be read.
  const auto same = waiting_.set_event(waiting, std::move(event));
  if (std::ranges::any_of(same, [](const Waiting* one) { return !one->verdict; })) return;
  const AppendId append = next_append_++;
  waiting_.set_append(waiting, append);
  effects_.appends.push_back({append,
                              {.partition = waiting.partition,
                               .key = events::poll_of(*waiting.event).text(),
                               .value = events::encode(*waiting.event)}});
}

void Desk::stand_for(Waiting& waiting, Command&& command, Stands stands) {
  const auto last = last_offset_.find(poll_of(command));
  const ledger::Offset offset = last == last_offset_.end() ? -1 : last->second;
  if (!is_durable(waiting.partition, offset)) {
    return append_for(waiting, std::move(command), std::move(stands.event));
  }
  finish(waiting, Accepted{std::move(stands.receipt), false});
}

void Desk::catch_up_first(Waiting& waiting, Command&& command) {
  waiting.command = std::make_unique<Command>(std::move(command));
  (looking_up_ ? asked_late_ : asked_).push_back(waiting.id);
  if (!looking_up_) start_look_up();
}

void Desk::start_look_up() {
  looking_up_ = true;
  effects_.look_up_ends = true;
}

void Desk::ends_known(std::span<const ledger::Offset> ends, Now now) {
  FP_CHECK(ends.size() == partitions_.size(), "one end per partition");
  looking_up_ = false;
  for (const RequestId id : std::exchange(asked_, std::exchange(asked_late_, {}))) {
    const Waiting* waiting = waiting_.find(id);
    if (waiting == nullptr) continue;
    partitions_[waiting->partition].behind.emplace(ends[waiting->partition], id);
  }
  if (!asked_.empty()) start_look_up();
  for (PartitionState& partition : partitions_) decide_behind(partition, now);
}

void Desk::ends_unknown() {
  looking_up_ = false;
  for (const RequestId id : std::exchange(asked_, std::exchange(asked_late_, {}))) {
    if (Waiting* waiting = waiting_.find(id)) finish(*waiting, Refused{Refusal::not_ready});
  }
  if (!asked_.empty()) start_look_up();
}

void Desk::decide_behind(PartitionState& partition, Now now) {
  while (!partition.behind.empty() && partition.behind.begin()->first <= partition.next) {
    const RequestId id = partition.behind.begin()->second;
    partition.behind.erase(partition.behind.begin());
    Waiting* waiting = waiting_.find(id);
    if (waiting == nullptr) continue;
    waiting->caught_up = true;
    decide_again(*waiting, now);
  }
}

void Desk::read(const FoldedRecord& record, Now now) {
  PartitionState& partition = partitions_[record.partition];
  FP_CHECK(record.position.offset >= partition.next, "records come in the order of their offsets");
  partition.next = record.position.offset + 1;
  if (record.position.append_time > last_append_time_) {
    last_append_time_ = record.position.append_time;
    last_append_seen_ms_ = now.monotonic_ms;
  }
  const events::Outcome outcome = partition.fold.fold(record.position, record.decoded);
  if (const auto* judged = std::get_if<events::Judged>(&outcome)) {
    remember(*judged);
    if (!settings_.read_is_durable) {
      last_offset_[judged->poll.settings.poll] = record.position.offset;
    }
    settle(*judged, record.position.offset, now);
  } else if (const auto* parked = std::get_if<events::Parked>(&outcome)) {
    settle_parked(parked->poll);
  }
  decide_behind(partition, now);
}

void Desk::remember(const events::Judged& judged) {
  closer_.observe(judged.poll);
  const auto& closed = judged.poll.closed;
  if (closed && closed->seq == judged.seq) {
    voters_to_drop_.emplace(closed->at + kKeepVotersMs, judged.poll.settings.poll);
  }
}

void Desk::settle(const events::Judged& judged, ledger::Offset offset, Now now) {
  for (Waiting* waiting : waiting_.waiting_for(judged.event)) {
    if (waiting->verdict) continue;
    std::optional<Reply> reply = answer(judged);
    if (!reply) {
      // An owner's event that came too late. All that the ledger held before it is folded.
      waiting->caught_up = true;
      const Command& command = *waiting->command;
      Decision again = decide(partitions_[waiting->partition].fold, command, setting(now));
      if (auto* stands = std::get_if<Stands>(&again)) {
        reply = Accepted{std::move(stands->receipt), false};
      } else {
        decide_again(*waiting, now);
        continue;
      }
    }
    auto* accepted = std::get_if<Accepted>(&*reply);
    if (accepted == nullptr) {
      finish(*waiting, std::move(*reply));
      continue;
    }
    accepted->created = judged.counted();
    waiting->folded_offset = offset;
    accept(*waiting, std::move(*accepted));
  }
}

void Desk::settle_parked(PollId id) {
  closer_.forget(id);
  for (Waiting* waiting : waiting_.on_their_way(id)) {
    if (!waiting->verdict) finish(*waiting, Refused{Refusal::outcome_unknown});
  }
}

Setting Desk::setting(Now now) const {
  const TimeMs since = now.monotonic_ms - last_append_seen_ms_;
  const TimeMs ledgers = last_append_time_ == 0 ? 0 : last_append_time_ + since;
  return Setting{std::max(ledgers, now.wall_ms), settings_.key};
}

void Desk::take(Effects& effects) {
  effects.appends.clear();
  effects.answers.clear();
  effects.look_up_ends = false;
  std::swap(effects, effects_);
}

const events::Fold& Desk::fold_of(PollId id) const { return partitions_[partition_of(id)].fold; }

ledger::Offset Desk::next_offset(ledger::Partition partition) const {
  return partitions_[partition].next;
}

ledger::Partition Desk::partition_of(PollId id) const {
  return events::partition_of(id, settings_.partitions);
}

}  // namespace flashpoll::command
