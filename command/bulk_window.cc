#include "command/bulk_window.h"

#include <array>
#include <charconv>

#include "events/check.h"

namespace flashpoll::command {

namespace {

using Kind = LineVerdict::Kind;

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

LineVerdict verdict_of(const Reply& reply) {
  if (const auto* accepted = std::get_if<Accepted>(&reply)) {
    return {.kind = accepted->created ? Kind::counted : Kind::repeat, .seq = accepted->receipt.seq};
  }
  const auto& refused = std::get<Refused>(reply);
  LineVerdict verdict = refused_line(events::info(refused.refusal).code);
  if (refused.receipt) verdict.seq = refused.receipt->seq;
  return verdict;
}

std::uint64_t BulkWindow::add() {
  FP_CHECK(has_room(), "a line is taken when there is room");
  const std::uint64_t line = ++next_;
  slot(line) = {};
  return line;
}

void BulkWindow::answer(std::uint64_t line, const LineVerdict& verdict) {
  LineVerdict& waiting = slot(line);
  FP_CHECK(line > told_ && line <= next_ && waiting.kind == Kind::waiting,
           "a line is answered once");
  waiting = verdict;
}

std::string BulkWindow::take(std::size_t max_bytes) {
  std::string out;
  while (!empty() && out.size() < max_bytes) {
    const LineVerdict& due = slot(told_ + 1);
    if (due.kind == Kind::waiting) break;
    tell(out, ++told_, due);
  }
  return out;
}

void BulkWindow::tell(std::string& out, std::uint64_t line, const LineVerdict& due) {
  append_member(out, R"({"line":)", line);
  if (due.kind == Kind::counted) {
    ++counted_;
    append_member(out, R"(,"seq":)", due.seq->value);
  } else if (due.kind == Kind::repeat) {
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
