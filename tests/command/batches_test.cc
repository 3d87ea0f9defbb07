#include "command/batches.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace flashpoll::command;

namespace {

Reply reply() { return Refused{flashpoll::events::Refusal::not_ready}; }

/// What a batch was told: its lines, one call in brackets.
struct Told {
  std::shared_ptr<std::string> text = std::make_shared<std::string>();

  Batch batch(std::uint64_t from, std::uint64_t to) const {
    Batch made;
    for (; from < to; ++from) made.lines.push_back({from, CastVote{}});
    made.on_replies = [told = text](const std::vector<LineReply>& replies) {
      *told += "[";
      for (const LineReply& one : replies) *told += std::to_string(one.line) + " ";
      *told += "]";
    };
    return made;
  }
};

void take(Batches& batches, RequestId request) { REQUIRE(batches.take(request, reply())); }

}  // namespace

TEST_CASE("a batch is told its replies by its own lines, those of a turn at once") {
  const Told told;
  Batches batches(10);
  batches.add(told.batch(7, 10));
  REQUIRE(batches.has_next());
  CHECK(batches.admit(100).size() == 3);
  take(batches, 102);
  take(batches, 100);
  batches.tell();
  batches.tell();
  take(batches, 101);
  batches.tell();
  CHECK(*told.text == "[9 7 ][8 ]");
}

TEST_CASE("what is of no batch stays the caller's") {
  const Told told;
  Batches batches(10);
  CHECK_FALSE(batches.take(1, reply()));
  batches.add(told.batch(0, 2));
  (void)batches.admit(5);
  CHECK_FALSE(batches.take(4, reply()));
  CHECK_FALSE(batches.take(7, reply()));
  take(batches, 5);
  take(batches, 6);
  batches.tell();
  CHECK_FALSE(batches.take(5, reply()));
}

TEST_CASE("batches go in while there are places, in their order") {
  const Told told;
  Batches batches(4);
  batches.add(told.batch(0, 3));
  batches.add(told.batch(3, 5));
  batches.add(told.batch(5, 6));
  (void)batches.admit(1);
  CHECK_FALSE(batches.has_next());
  take(batches, 1);
  CHECK_FALSE(batches.has_next());  // told before it makes room
  batches.tell();
  REQUIRE(batches.has_next());
  CHECK(batches.admit(4).size() == 2);
  CHECK_FALSE(batches.has_next());
}

TEST_CASE("a batch larger than all places goes in alone") {
  const Told told;
  Batches batches(2);
  batches.add(told.batch(0, 1));
  batches.add(told.batch(1, 6));
  (void)batches.admit(1);
  CHECK_FALSE(batches.has_next());
  take(batches, 1);
  batches.tell();
  REQUIRE(batches.has_next());
  CHECK(batches.admit(2).size() == 5);
}
