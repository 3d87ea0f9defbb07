#include <doctest/doctest.h>

#include <set>

#include "events/event.h"
#include "events/reason.h"
#include "events/refusal.h"

using namespace flashpoll::events;

TEST_CASE("types have a number and a name each, both ways") {
  const Event events[] = {PollOpened{},   VoteCast{},   VoteRetracted{}, CodesIssued{},
                          PollExtended{}, PollClosed{}, PollHidden{}};
  int number = 0;
  for (const Event& event : events) {
    CHECK(type_number(event) == ++number);
    CHECK(type_name(number) == type_name(event));
    CHECK(parse_type(type_name(event)) == number);
  }
  CHECK(type_name(1) == "poll.opened.v1");
  CHECK(type_name(7) == "poll.hidden.v1");
  CHECK(type_name(0).empty());
  CHECK(type_name(8).empty());
  CHECK(type_name(-1).empty());
  CHECK_FALSE(parse_type("vote.cast.v2"));
  CHECK_FALSE(parse_type(""));
}

TEST_CASE("words of settings read back") {
  CHECK(parse_method(name(Method::approval)) == Method::approval);
  CHECK(parse_results(name(Results::after_vote)) == Results::after_vote);
  CHECK(parse_eligibility(name(Eligibility::trusted)) == Eligibility::trusted);
  CHECK(parse_closed_by(name(ClosedBy::deadline)) == ClosedBy::deadline);
  CHECK_FALSE(parse_method("ranked"));
  CHECK_FALSE(parse_results(""));
}

TEST_CASE("reasons have names in the order of their numbers") {
  CHECK(name(Reason::none).empty());
  for (int number = 1; number <= kLastReason; ++number) {
    const auto reason = static_cast<Reason>(number);
    CHECK_FALSE(name(reason).empty());
    CHECK(parse_reason(name(reason)) == reason);
  }
  CHECK(name(Reason::poll_exists) == "poll_exists");
  CHECK(name(Reason::wrong_eligibility) == "wrong_eligibility");
  CHECK_FALSE(parse_reason(""));
  CHECK_FALSE(parse_reason("counted"));
}

TEST_CASE("the table of refusals is complete and in words") {
  std::set<std::string_view> codes;
  for (const RefusalInfo& row : refusals()) {
    CAPTURE(row.code);
    CHECK(&info(row.refusal) == &row);
    CHECK(codes.insert(row.code).second);
    CHECK(row.status >= 400);
    CHECK_FALSE(row.title.empty());
    CHECK(row.title.back() != '.');
    CHECK(row.advice.back() == '.');
    CHECK((row.retry_after_s > 0) == (row.status == 503 || row.status == 429));
  }
  CHECK(codes.size() == 30);
}

TEST_CASE("a void entry is refused with its own code") {
  for (const Reason reason :
       {Reason::poll_hidden, Reason::poll_closed, Reason::vote_id_reused, Reason::poll_not_open,
        Reason::invalid_choices, Reason::change_not_allowed, Reason::already_voted,
        Reason::stale_replace, Reason::not_later, Reason::wrong_eligibility}) {
    CHECK(info(refusal_for(reason)).code == name(reason));
  }
  CHECK(info(Refusal::poll_hidden).status == 410);
  CHECK(info(Refusal::vote_id_reused).status == 422);
  CHECK(info(Refusal::already_voted).status == 409);
}
