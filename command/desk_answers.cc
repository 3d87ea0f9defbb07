// What reports, time and the closer do at the desk: the second half of desk.cc.
#include <algorithm>
#include <utility>

#include "command/desk.h"
#include "events/codec.h"

namespace flashpoll::command {

using events::Refusal;

void Desk::appended(AppendId id, ledger::Partition partition, const ledger::AppendResult& result) {
  if (result.status == ledger::AppendStatus::not_appended) {
    return fail_append(id, Refusal::not_ready);
  }
  const bool reported = result.status == ledger::AppendStatus::appended;
  if (Waiting* waiting = waiting_.take_append(id)) {
    waiting->own_offset = result.offset;
    waiting->confirmed = reported;
    accept_kept(*waiting);
  }
  if (reported && result.offset) confirm(partitions_[partition], *result.offset);
}

void Desk::confirm(PartitionState& partition, ledger::Offset offset) {
  // A report vouches for everything before it in its partition.
  partition.confirmed = std::max(partition.confirmed, offset);
  auto& waiting_for_it = partition.unconfirmed;
  while (!waiting_for_it.empty() && waiting_for_it.begin()->first <= partition.confirmed) {
    const RequestId id = waiting_for_it.begin()->second;
    waiting_for_it.erase(waiting_for_it.begin());
    if (Waiting* waiting = waiting_.find(id)) accept_kept(*waiting);
  }
}

void Desk::not_taken(AppendId id) { fail_append(id, Refusal::overloaded); }

void Desk::fail_append(AppendId id, Refusal refusal) {
  Waiting* waiting = waiting_.take_append(id);
  if (waiting == nullptr) return;
  if (waiting->verdict) return accept_kept(*waiting);
  const events::Event event = *waiting->event;
  for (Waiting* same : waiting_.waiting_for(event)) {
    if (!same->verdict) finish(*same, Refused{refusal});
  }
}

bool Desk::is_durable(ledger::Partition partition, ledger::Offset offset) const {
  return settings_.read_is_durable || offset <= partitions_[partition].confirmed;
}

void Desk::accept(Waiting& waiting, Accepted&& verdict) {
  const bool reported = !waiting.append;
  const bool durable = waiting.confirmed || is_durable(waiting.partition, waiting.folded_offset);
  if (reported && durable) {
    verdict.created = verdict.created && waiting.own_offset == waiting.folded_offset;
    return finish(waiting, std::move(verdict));
  }
  if (reported) {
    partitions_[waiting.partition].unconfirmed.emplace(waiting.folded_offset, waiting.id);
  }
  waiting.verdict = std::make_unique<Accepted>(std::move(verdict));
}

void Desk::accept_kept(Waiting& waiting) {
  if (!waiting.verdict) return;
  const auto verdict = std::exchange(waiting.verdict, nullptr);
  accept(waiting, std::move(*verdict));
}

void Desk::finish(Waiting& waiting, Reply reply) {
  effects_.answers.push_back({waiting.id, std::move(reply)});
  waiting_.erase(waiting);
}

void Desk::tick(Now now) {
  expire(now);
  if (!live_) return;
  append_closings(now);
  while (!voters_to_drop_.empty() && voters_to_drop_.begin()->first <= now.wall_ms) {
    const PollId id = voters_to_drop_.begin()->second;
    partitions_[partition_of(id)].fold.drop_voters(id);
    voters_to_drop_.erase(voters_to_drop_.begin());
  }
}

void Desk::expire(Now now) {
  const auto waited = [&](std::int64_t ms, RequestId& next) {
    return waiting_.older_than(now.monotonic_ms - ms, next);
  };
  for (Waiting* waiting : waited(settings_.catch_up_ms, next_to_catch_up_)) {
    if (!waiting->event && !waiting->caught_up) finish(*waiting, Refused{Refusal::not_ready});
  }
  for (Waiting* waiting : waited(settings_.deadline_ms, next_to_give_up_on_)) {
    if (waiting->verdict && is_durable(waiting->partition, waiting->folded_offset)) {
      waiting->verdict->created = false;
      finish(*waiting, std::move(*waiting->verdict));
    } else {
      finish(*waiting, Refused{Refusal::outcome_unknown});
    }
  }
}

void Desk::append_closings(Now now) {
  for (const PollId id : closer_.due(setting(now).ledger_now, now.monotonic_ms)) {
    const events::PollClosed closing{id, settings_.new_id(now.wall_ms), events::ClosedBy::deadline};
    effects_.appends.push_back(
        {next_append_++,
         {.partition = partition_of(id), .key = id.text(), .value = events::encode(closing)}});
  }
}

}  // namespace flashpoll::command
