#include "command/bulk_window.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

#include "tests/events/seed.h"

using namespace flashpoll::command;
using flashpoll::events::Refusal;

namespace {

constexpr std::size_t kPlenty = 1'000'000;

Receipt receipt(std::uint64_t seq) { return Receipt{.poll = {}, .seq = Seq(seq)}; }
LineVerdict counted(std::uint64_t seq) { return verdict_of(Accepted{receipt(seq), true}); }
LineVerdict repeat(std::uint64_t seq) { return verdict_of(Accepted{receipt(seq), false}); }

}  // namespace

TEST_CASE("answers say what became of a line, and the last one sums up") {
  BulkWindow window(8);
  for (int i = 0; i < 4; ++i) (void)window.add();
  window.answer(1, counted(42));
  window.answer(2, repeat(42));
  window.answer(3, verdict_of(Refused{Refusal::already_voted, receipt(7)}));
  window.answer(4, refused_line("bad_json"));
  CHECK(window.take(kPlenty) ==
        "{\"line\":1,\"seq\":42}\n"
        "{\"line\":2,\"repeat\":42}\n"
        "{\"line\":3,\"code\":\"already_voted\",\"seq\":7}\n"
        "{\"line\":4,\"code\":\"bad_json\"}\n");
  CHECK(window.empty());
  CHECK(window.summary() == "{\"lines\":4,\"counted\":1,\"repeats\":1,\"refused\":2}\n");
}

TEST_CASE("an answer waits for those before it") {
  BulkWindow window(8);
  (void)window.add();
  (void)window.add();
  window.answer(2, counted(1));
  CHECK(window.take(kPlenty).empty());
  window.answer(1, counted(2));
  CHECK(window.take(kPlenty) == "{\"line\":1,\"seq\":2}\n{\"line\":2,\"seq\":1}\n");
}

TEST_CASE("a full window has no room until answers are told") {
  BulkWindow window(2);
  CHECK(window.add() == 1);
  CHECK(window.add() == 2);
  CHECK_FALSE(window.has_room());
  window.answer(1, counted(1));
  window.answer(2, counted(2));
  CHECK_FALSE(window.has_room());
  CHECK(window.take(1) == "{\"line\":1,\"seq\":1}\n");
  CHECK(window.has_room());
  CHECK(window.add() == 3);
  CHECK_FALSE(window.has_room());
}

TEST_CASE("nothing came of nothing") {
  const BulkWindow window(2);
  CHECK(window.empty());
  CHECK(window.summary() == "{\"lines\":0,\"counted\":0,\"repeats\":0,\"refused\":0}\n");
}

TEST_CASE("in whatever order replies come, each line is told once and in its place") {
  std::mt19937_64 random(flashpoll::events::testing::test_seed("bulk_window"));
  BulkWindow window(64);
  std::vector<std::uint64_t> waiting;
  std::string told;
  std::string expected;
  std::uint64_t lines = 0;
  while (lines < 20'000 || !waiting.empty()) {
    if (lines < 20'000 && window.has_room() && random() % 3 != 0) {
      waiting.push_back(window.add());
      ++lines;
      expected +=
          "{\"line\":" + std::to_string(lines) + ",\"seq\":" + std::to_string(lines * 3) + "}\n";
    } else if (!waiting.empty()) {
      std::swap(waiting[random() % waiting.size()], waiting.back());
      window.answer(waiting.back(), counted(waiting.back() * 3));
      waiting.pop_back();
    }
    if (random() % 4 == 0) told += window.take(random() % 100);
  }
  told += window.take(10'000'000);
  CHECK(told == expected);
}
