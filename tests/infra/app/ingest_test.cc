#include <doctest/doctest.h>

#include <string>

#include "infra/app/ingest_report.h"
#include "infra/app/ingest_source.h"
#include "infra/app/ingest_window.h"

using namespace flashpoll;
using namespace flashpoll::app;

namespace {

using Verdict = IngestAnswer::Verdict;
using Settled = IngestWindow::Settled;

const events::Uuid kId = *events::Uuid::parse("0190a7b2-0000-7000-8000-00000000000a");
const std::string kMember = R"("vote_id":"0190a7b2-0000-7000-8000-00000000000a")";

IngestLine line(std::uint64_t number) { return {number, number * 10, "x"}; }

IngestWindow window_of(std::uint64_t lines) {
  IngestWindow window(1'000);
  for (std::uint64_t i = 1; i <= lines; ++i) window.add(line(i));
  return window;
}

/// Numbers of all that is to be sent.
std::string send_all(IngestWindow& window) {
  std::string sent;
  while (const IngestLine* next = window.send()) sent += std::to_string(next->number) + " ";
  return sent;
}

}  // namespace

TEST_CASE("a line gets an id unless it has one") {
  const auto with = [](const std::string& text) { return with_vote_id(text, kId); };
  CHECK(with(R"({"poll":"P"})") == R"({"poll":"P",)" + kMember + "}");
  CHECK(with("{\"poll\":\"P\" } \r") == "{\"poll\":\"P\" ," + kMember + "} \r");
  CHECK(with("{}") == "{" + kMember + "}");
  CHECK(with(R"({"vote_id":"a"})") == R"({"vote_id":"a"})");
  CHECK(with(R"({"vote_id" : null,"a":1})") ==
        R"({"vote_id" : "0190a7b2-0000-7000-8000-00000000000a","a":1})");
  CHECK(with(R"({"voter":"vote_id"})") == R"({"voter":"vote_id",)" + kMember + "}");
  CHECK(with(R"({"voter":"\"vote_id\":"})") == R"({"voter":"\"vote_id\":",)" + kMember + "}");
  for (const std::string broken : {"", " ", "}", "[1]", R"({"vote_id":)", R"({"vote_id")"}) {
    CAPTURE(broken);
    CHECK(with(broken).starts_with(broken.substr(0, 1)));
  }
}

TEST_CASE("ids are the content's up to the line: more lines change none before them") {
  LineIds first;
  const auto a = first.next("one");
  const auto b = first.next("two");
  const auto again = first.next("two");
  LineIds longer;
  CHECK(longer.next("one") == a);
  CHECK(longer.next("two") == b);
  CHECK(again != b);
  LineIds other;
  CHECK(other.next("ane") != a);
  CHECK(other.next("two") != b);
}

TEST_CASE("answers are read, whoever wrote them") {
  const auto counted = parse_ingest_answer(R"({"line":3,"seq":42})");
  CHECK(counted->line == 3);
  CHECK(counted->verdict == Verdict::counted);
  CHECK(parse_ingest_answer(R"({"line":3,"repeat":42})")->verdict == Verdict::repeat);
  const auto refused = parse_ingest_answer(R"({ "code":"already_voted", "line":4, "seq":7 })");
  CHECK(refused->line == 4);
  CHECK(refused->verdict == Verdict::refused);
  CHECK(refused->code == "already_voted");
  CHECK_FALSE(parse_ingest_answer(R"({"lines":3,"counted":1,"repeats":1,"refused":1})"));
  for (const char* text : {"", "{}", "[]", R"({"line":1})", R"({"line":-1,"seq":1})", "hello"}) {
    CAPTURE(text);
    CHECK_THROWS_AS((void)parse_ingest_answer(text), std::runtime_error);
  }
}

TEST_CASE("each line is told once, and the tally says what became of them") {
  IngestWindow window = window_of(3);
  CHECK(send_all(window) == "1 2 3 ");
  CHECK(window.answer({1, Verdict::counted, {}}) == Settled::done);
  CHECK(window.answer({2, Verdict::repeat, {}}) == Settled::done);
  CHECK(window.answer({3, Verdict::refused, "poll_closed"}) == Settled::refused);
  CHECK(window.last().number == 3);
  CHECK(window.empty());
  CHECK(ingest_text(window.tally()) ==
        "3 lines: 1 counted, 1 counted before, 1 refused (poll_closed 1)");
  CHECK(ingest_json(window.tally()) ==
        R"({"lines":3,"counted":1,"repeats":1,"refused":1,"codes":{"poll_closed":1}})");
}

TEST_CASE("what has no answer when the connection goes is sent again, in its order") {
  IngestWindow window = window_of(4);
  for (int i = 0; i < 3; ++i) (void)window.send();
  CHECK(window.answer({1, Verdict::counted, {}}) == Settled::done);
  window.lost();
  CHECK(send_all(window) == "2 3 4 ");
  CHECK(window.answer({1, Verdict::repeat, {}}) == Settled::done);
  CHECK(window.last().number == 2);
}

TEST_CASE("what the server could not judge now is sent again") {
  for (const char* code : {"overloaded", "not_ready", "outcome_unknown"}) {
    CAPTURE(code);
    IngestWindow window = window_of(2);
    CHECK(send_all(window) == "1 2 ");
    CHECK(window.answer({1, Verdict::refused, code}) == Settled::again);
    CHECK(window.answer({2, Verdict::counted, {}}) == Settled::done);
    CHECK_FALSE(window.empty());
    CHECK(send_all(window) == "1 ");
    CHECK(window.answer({3, Verdict::repeat, {}}) == Settled::done);
    CHECK(window.empty());
    CHECK(window.tally().lines == 2);
  }
}

TEST_CASE("an answer out of its order is no answer of ours") {
  IngestWindow window = window_of(2);
  (void)send_all(window);
  CHECK_THROWS_AS((void)window.answer({2, Verdict::counted, {}}), std::runtime_error);
}

TEST_CASE("the window has room by its bytes") {
  IngestWindow window(2);
  window.add(line(1));
  CHECK(window.has_room());
  window.add(line(2));
  CHECK_FALSE(window.has_room());
  (void)send_all(window);
  CHECK_FALSE(window.has_room());
  (void)window.answer({1, Verdict::counted, {}});
  CHECK(window.has_room());
}

TEST_CASE("progress is told by bytes where the file has an end") {
  IngestTally tally;
  tally.lines = 1000;
  tally.bytes = 50;
  CHECK(ingest_progress(tally, 100, 2'000) ==
        "████████████             50 %  1000 lines, 500/s, 2 s left");
  CHECK(ingest_progress(tally, std::nullopt, 2'000) == "1000 lines, 500/s");
  tally.bytes = 101;  // the last line had no end
  CHECK(ingest_progress(tally, 100, 2'000) == "████████████████████████ 100 %  1000 lines, 500/s");
}
