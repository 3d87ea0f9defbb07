#include "command/bulk_window.h"

#include <array>
#include <charconv>

#include "events/check.h"

namespace flashpoll::command {

namespace {

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits;
  out.append(digits.data(),
             std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

void append_member(std::string& out, std::string_view before, std::uint64_t number) {
  out += before;
  append_number(out, number);
}

}  // namespace

std::uint64_t BulkWindow::add() {
  FP_CHECK(has_room(), "a line is taken when there is room");
  const std::uint64_t line = ++next_;
  slot(line) = {};
  return line;
}

void BulkWindow::set(std::uint64_t line, const Slot& verdict) {
  Slot& waiting = slot(line);
  FP_CHECK(line > told_ && line <= next_ && waiting.verdict == Verdict::waiting,
           "a line is answered once");
  waiting = verdict;
}

void BulkWindow::answer(std::uint64_t line, const Reply& reply) {
  if (const auto* accepted = std::get_if<Accepted>(&reply)) {
    set(line, {accepted->created ? Verdict::counted : Verdict::repeat, accepted->receipt.seq, {}});
    return;
  }
  const auto& refused = std::get<Refused>(reply);
  std::optional<Seq> seq;
  if (refused.receipt) seq = refused.receipt->seq;
  set(line, {Verdict::refused, seq, events::info(refused.refusal).code});
}

void BulkWindow::refuse(std::uint64_t line, std::string_view code) {
  set(line, {Verdict::refused, std::nullopt, code});
}

std::string BulkWindow::take(std::size_t max_bytes) {
  std::string out;
  while (!empty() && out.size() < max_bytes) {
    const Slot& due = slot(told_ + 1);
    if (due.verdict == Verdict::waiting) break;
    tell(out, ++told_, due);
  }
  return out;
}

void BulkWindow::tell(std::string& out, std::uint64_t line, const Slot& due) {
  append_member(out, R"({"line":)", line);
  if (due.verdict == Verdict::counted) {
    ++counted_;
    append_member(out, R"(,"seq":)", due.seq->value);
  } else if (due.verdict == Verdict::repeat) {
    ++repeats_;
    append_member(out, R"(,"repeat":)", due.seq->value);
  } else {
    out.append(R"(,"code":")").append(due.code).append("\"");
    if (due.seq) append_member(out, R"(,"seq":)", due.seq->value);
  }
  out += "}\n";
}

std::string BulkWindow::summary() const {
  std::string out;
  append_member(out, R"({"lines":)", told_);
  append_member(out, R"(,"counted":)", counted_);
  append_member(out, R"(,"repeats":)", repeats_);
  append_member(out, R"(,"refused":)", told_ - counted_ - repeats_);
  return out += "}\n";
}

}  // namespace flashpoll::command
