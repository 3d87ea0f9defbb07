#include <doctest/doctest.h>

#include "events/codec.h"
#include "events/json_envelope.h"
#include "tests/events/random_events.h"
#include "tests/events/reference_codec.h"
#include "tests/events/seed.h"

using namespace flashpoll::events;
using namespace flashpoll::events::testing;

namespace {

Decoded decode_under(PollId poll, std::string_view bytes) {
  const std::string key = poll.text();
  return decode({.partition = partition_of(key, 12), .key = key, .value = bytes}, 12);
}

}  // namespace

TEST_CASE("what is encoded decodes to itself") {
  RandomEvents random(test_seed("encoded decodes"));
  for (int i = 0; i < 3000; ++i) {
    const Event event = random.next();
    const std::string bytes = encode(event);
    REQUIRE(obeys_schema(event));
    REQUIRE(bytes.size() <= kMaxEventBytes);
    const Decoded decoded = decode_under(poll_of(event), bytes);
    CAPTURE(bytes);
    REQUIRE(std::holds_alternative<Event>(decoded));
    REQUIRE(std::get<Event>(decoded) == event);
    REQUIRE(reference_decode(bytes) == event);
    REQUIRE(read_envelope(bytes)->type == type_name(event));
  }
}

TEST_CASE("changed bytes are an event only if they are that event's canonical bytes") {
  RandomEvents random(test_seed("changed bytes"));
  int events = 0;
  for (int i = 0; i < 6000; ++i) {
    const Event event = random.next();
    const std::string bytes = random.mutated(encode(event));
    const auto reference = reference_decode(bytes);
    const PollId poll = reference ? poll_of(*reference) : poll_of(event);
    const Decoded decoded = decode_under(poll, bytes);
    CAPTURE(bytes);
    if (reference) {
      ++events;
      REQUIRE(std::holds_alternative<Event>(decoded));
      REQUIRE(std::get<Event>(decoded) == *reference);
      REQUIRE(encode(*reference) == bytes);
    } else {
      REQUIRE_FALSE(std::holds_alternative<Event>(decoded));
    }
  }
  CHECK(events > 100);
}

TEST_CASE("every single changed byte of a vote is judged as by the reference") {
  RandomEvents random(test_seed("single bytes"));
  VoteCast vote = random.cast();
  vote.choices = {0, 10, 254};
  vote.replaces = Seq(1204);
  const std::string bytes = encode(vote);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const char value : std::string_view("\"\\,019-Agz_ ]\0\xC3", 15)) {
      std::string changed = bytes;
      changed[at] = value;
      const auto reference = reference_decode(changed);
      const PollId poll = reference ? poll_of(*reference) : vote.poll;
      const Decoded decoded = decode_under(poll, changed);
      CAPTURE(changed);
      REQUIRE(std::holds_alternative<Event>(decoded) == reference.has_value());
      if (reference) REQUIRE(std::get<Event>(decoded) == *reference);
    }
  }
}

TEST_CASE("any bytes get exactly one of three answers") {
  RandomEvents random(test_seed("any bytes"));
  for (int i = 0; i < 3000; ++i) {
    std::string bytes = encode(random.next());
    for (std::uint64_t left = random.below(12); left > 0 && !bytes.empty(); --left) {
      bytes = random.mutated(std::move(bytes));
    }
    bytes.resize(random.below(bytes.size() + 1));
    const Decoded decoded = decode_under(random.poll(), bytes);
    REQUIRE_FALSE(std::holds_alternative<Event>(decoded));
  }
}

TEST_CASE("events off their schema are told before they are written") {
  RandomEvents random(test_seed("off schema"));
  const auto refused = [](const Event& event) {
    const Decoded decoded = decode_under(poll_of(event), encode(event));
    return !obeys_schema(event) && std::holds_alternative<Stray>(decoded) &&
           std::get<Stray>(decoded).cause != StrayCause::never_opened;
  };
  const auto opened = [&](auto change) {
    PollOpened event = random.opened();
    change(event);
    return event;
  };
  CHECK(refused(opened([](PollOpened& poll) { poll.question = std::string("a\0b", 3); })));
  CHECK(refused(opened([](PollOpened& poll) { poll.question = "\xFF"; })));
  CHECK(refused(opened([](PollOpened& poll) { poll.choices.back() = "\xED\xA0\x80"; })));
  CHECK(refused(opened([](PollOpened& poll) { poll.choices.resize(256); })));
  CHECK(refused(opened([](PollOpened& poll) { poll.choices.clear(); })));
  CHECK(refused(opened([](PollOpened& poll) { poll.min = 0; })));
  CHECK(refused(opened([](PollOpened& poll) { poll.opens_at = poll.closes_at; })));
  CHECK(refused(opened([](PollOpened& poll) { poll.closes_at = kMaxTimeMs + 1; })));
  CHECK(refused(opened([](PollOpened& poll) { poll.opens_at = -1; })));
  VoteCast vote = random.cast();
  vote.choices = {255};
  CHECK(refused(vote));
  vote.choices.assign(256, 0);
  CHECK(refused(vote));
  vote.choices = {0};
  vote.replaces = Seq(kMaxSeq + 1);
  CHECK(refused(vote));
  CHECK(refused(CodesIssued{random.poll(), random.uuid(), 0, 0}));
  CHECK(refused(CodesIssued{random.poll(), random.uuid(), kMaxCodes, 1}));
  CHECK(refused(CodesIssued{random.poll(), random.uuid(), 0xFFFFFFFF, 2}));
}
