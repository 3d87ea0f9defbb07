#include "infra/app/ingest_window.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <stdexcept>
#include <utility>
#include <variant>

#include "infra/json/json.h"

namespace flashpoll::app {

namespace {

/// What stands for no judgement of the line, but for the state that the server is in.
constexpr std::array<std::string_view, 3> kTransient = {"overloaded", "not_ready",
                                                        "outcome_unknown"};

[[noreturn]] void fail() {
  throw std::runtime_error("the server's answer to a line is not understood: is this a FlashPoll?");
}

IngestAnswer read_answer(const json::Value& value) {
  const auto line = value.find("line") == nullptr ? std::nullopt : value.find("line")->integer();
  if (!line) fail();
  IngestAnswer answer{static_cast<std::uint64_t>(*line), IngestAnswer::Verdict::refused, {}};
  const json::Value* code = value.find("code");
  if (code != nullptr && code->is(json::Kind::string)) {
    answer.code = code->string();
  } else if (value.find("repeat") != nullptr) {
    answer.verdict = IngestAnswer::Verdict::repeat;
  } else if (value.find("seq") != nullptr) {
    answer.verdict = IngestAnswer::Verdict::counted;
  } else {
    fail();
  }
  return answer;
}

}  // namespace

std::optional<IngestAnswer> parse_ingest_answer(std::string_view text) {
  const auto parsed = json::parse(text);
  const auto* value = std::get_if<json::Value>(&parsed);
  if (value == nullptr) fail();
  if (value->find("lines") != nullptr) return std::nullopt;
  return read_answer(*value);
}

void IngestWindow::add(IngestLine line) {
  bytes_ += line.text.size();
  to_send_.push_back(std::move(line));
}

const IngestLine* IngestWindow::send() {
  if (to_send_.empty()) return nullptr;
  sent_.push_back(std::move(to_send_.front()));
  to_send_.pop_front();
  return &sent_.back();
}

IngestWindow::Settled IngestWindow::answer(const IngestAnswer& answer) {
  if (answer.line != ++answered_ || sent_.empty()) fail();
  if (std::ranges::find(kTransient, answer.code) != kTransient.end()) {
    to_send_.push_back(std::move(sent_.front()));
    sent_.pop_front();
    return Settled::again;
  }
  last_ = std::move(sent_.front());
  sent_.pop_front();
  bytes_ -= last_.text.size();
  ++tally_.lines;
  tally_.bytes = std::max(tally_.bytes, last_.end);
  if (answer.verdict == IngestAnswer::Verdict::counted) ++tally_.counted;
  if (answer.verdict == IngestAnswer::Verdict::repeat) ++tally_.repeats;
  if (answer.verdict != IngestAnswer::Verdict::refused) return Settled::done;
  ++tally_.refused[answer.code];
  return Settled::refused;
}

void IngestWindow::lost() {
  to_send_.insert(to_send_.begin(), std::make_move_iterator(sent_.begin()),
                  std::make_move_iterator(sent_.end()));
  sent_.clear();
  answered_ = 0;
}

}  // namespace flashpoll::app
