#include "infra/app/ledger_history.h"

#include <algorithm>

#include "infra/crypto/encoding.h"

namespace flashpoll::app {

namespace {

/// The next link: SHA-256 of the one before and what follows it.
void chain(crypto::Digest& digest, std::string& scratch, std::string_view next) {
  scratch.assign(crypto::as_text(digest)).append(next);
  digest = crypto::sha256(scratch);
}

void add_number(std::string& text, std::uint64_t number) { text += std::to_string(number) + ' '; }

void add_choices(std::string& text, char sign, const events::Choices& choices) {
  text += sign;
  for (const std::uint8_t choice : choices) add_number(text, choice);
}

/// Frozen, as `state_text` is: files hold digests of them.
std::string verdict_text(const events::Judged& judged) {
  std::string text;
  add_number(text, judged.seq.value);
  add_number(text, static_cast<std::uint64_t>(judged.at));
  add_number(text, static_cast<std::uint64_t>(judged.reason));
  add_choices(text, '+', judged.added());
  add_choices(text, '-', judged.removed());
  return text;
}

void add_ending(std::string& text, const std::optional<events::Ending>& ending) {
  text += '@';
  if (!ending) return;
  add_number(text, ending->seq.value);
  add_number(text, static_cast<std::uint64_t>(ending->at));
}

std::string state_text(const events::Poll& poll) {
  std::string text = "state ";
  add_number(text, poll.next_seq.value);
  add_number(text, static_cast<std::uint64_t>(poll.at));
  add_number(text, static_cast<std::uint64_t>(poll.settings.closes_at));
  for (const std::uint64_t votes : poll.votes) add_number(text, votes);
  for (const std::uint64_t number :
       {poll.standing, poll.counted, poll.voided, std::uint64_t{poll.codes_issued}}) {
    add_number(text, number);
  }
  for (const auto& ending : {poll.closed, poll.hidden, poll.extended, poll.issued}) {
    add_ending(text, ending);
  }
  return text;
}

}  // namespace

events::Outcome LedgerHistory::take(const ledger::Record& record) {
  if (partition_ && *partition_ != record.partition) close_partition();
  partition_ = record.partition;
  decoded_ = events::decode({record.partition, record.key, record.value}, partitions_);
  events::Outcome outcome = fold_.fold({record.offset, record.append_time_ms}, decoded_);
  if (const auto* judged = std::get_if<events::Judged>(&outcome)) {
    const events::PollId poll = judged->poll.settings.poll;
    add(poll, {record.append_time_ms, record.key, record.value}, *judged);
    if (judged->counted() && judged->poll.closed) fold_.drop_voters(poll);
  }
  return outcome;
}

void LedgerHistory::add(events::PollId poll, const archive::Record& record,
                        const events::Judged& judged) {
  PollHistory& history = polls_[poll];
  ++history.records;
  ++records_;
  std::string line;
  archive::append_line(line, record);
  chain(history.history, line_, line);
  chain(history.results, line_, verdict_text(judged));
}

void LedgerHistory::finish() { close_partition(); }

void LedgerHistory::close_partition() {
  fold_.each([this](events::PollId poll, const events::PollSlot& slot) {
    if (slot.poll) chain(polls_.at(poll).results, line_, state_text(*slot.poll));
  });
  fold_ = events::Fold();
  partition_.reset();
}

std::optional<PollHistory> LedgerHistory::find(events::PollId poll) const {
  const auto found = polls_.find(poll);
  if (found == polls_.end()) return std::nullopt;
  return found->second;
}

void LedgerHistory::each(
    const std::function<void(events::PollId, const PollHistory&)>& visit) const {
  for (const auto& [poll, history] : polls_) visit(poll, history);
}

std::string LedgerHistory::history_digest() const { return digest_of(&PollHistory::history); }

std::string LedgerHistory::results_digest() const { return digest_of(&PollHistory::results); }

std::string LedgerHistory::digest_of(crypto::Digest PollHistory::* which) const {
  std::vector<events::PollId> ids;
  ids.reserve(polls_.size());
  for (const auto& [poll, history] : polls_) ids.push_back(poll);
  std::ranges::sort(ids);
  crypto::Sha256 sha256;
  for (const events::PollId id : ids) {
    const PollHistory& history = polls_.at(id);
    sha256.update(id.text() + " " + std::to_string(history.records) + " " +
                  crypto::hex_encode(crypto::as_text(history.*which)) + "\n");
  }
  return crypto::hex_encode(crypto::as_text(sha256.finish()));
}

}  // namespace flashpoll::app
