#include "infra/app/ingest_window.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <stdexcept>
#include <utility>
#include <variant>

#include "infra/json/object_reader.h"
#include "infra/json/plain_object.h"

namespace flashpoll::app {

namespace {

using Verdict = IngestAnswer::Verdict;

/// What stands for no judgement of the line, but for the state that the server is in.
constexpr std::array<std::string_view, 3> kTransient = {"overloaded", "not_ready",
                                                        "outcome_unknown"};

[[noreturn]] void fail() {
  throw std::runtime_error("the server's answer to a line is not understood: is this a FlashPoll?");
}

template <class Reader>
IngestAnswer read_answer(Reader& reader) {
  const auto line = reader.integer("line");
  const auto seq = reader.integer("seq");
  const auto repeat = reader.integer("repeat");
  const auto code = reader.string("code");
  IngestAnswer answer{static_cast<std::uint64_t>(line.value_or(0)), Verdict::counted, {}};
  if (code) {
    answer.verdict = Verdict::refused;
    answer.code = *code;
  } else if (repeat) {
    answer.verdict = Verdict::repeat;
  } else if (!seq) {
    answer.line = 0;
  }
  return answer;
}

}  // namespace

std::optional<IngestAnswer> parse_ingest_answer(std::string_view text) {
  json::PlainObject plain(text);
  IngestAnswer answer = read_answer(plain);
  if (!plain.is_sound()) {
    const auto parsed = json::parse(text);
    const auto* value = std::get_if<json::Value>(&parsed);
    if (value == nullptr) fail();
    if (value->find("lines") != nullptr) return std::nullopt;
    json::ObjectReader reader(*value);
    answer = read_answer(reader);
  }
  if (answer.line == 0) fail();
  return answer;
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
  if (answer.verdict == Verdict::counted) ++tally_.counted;
  if (answer.verdict == Verdict::repeat) ++tally_.repeats;
  if (answer.verdict != Verdict::refused) return Settled::done;
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
