#include "query/mine.h"

#include <algorithm>

#include "infra/json/writer.h"
#include "query/bodies.h"

namespace flashpoll::query {

namespace {

http::Response secret_json(std::string body) {
  return {200, "application/json", std::move(body), {{"Cache-Control", "no-store"}}};
}

}  // namespace

Reply votes_mine(ReadTables& tables, events::PollId id, const Look& look) {
  auto seen = see(tables, id, look);
  if (auto* refused = std::get_if<Refused>(&seen)) return std::move(*refused);
  auto tag = look.identity.tag_of(std::get<SeenPoll>(seen).row, look.caller);
  if (auto* refused = std::get_if<Refused>(&tag)) return std::move(*refused);
  const auto standing = tables.standing(id, std::get<events::VoterTag>(tag));
  if (standing && standing->choices) return secret_json(receipt_body(id, *standing));
  Refused none{events::Refusal::no_such_vote};
  if (standing) none.latest = standing->seq;
  return none;
}

Reply codes(ReadTables& tables, events::PollId id, std::uint32_t first, std::uint32_t count,
            const Look& look) {
  auto seen = see(tables, id, look);
  if (auto* refused = std::get_if<Refused>(&seen)) return std::move(*refused);
  const PollRow& poll = std::get<SeenPoll>(seen).row;
  if (auto refused = look.identity.refuse_owner(poll, look.caller)) return std::move(*refused);
  if (poll.settings.eligibility != events::Eligibility::codes) {
    return Refused{events::Refusal::wrong_eligibility};
  }
  if (!look.identity.knows_secret_of(poll)) return Refused{events::Refusal::wrong_secret};
  const std::uint32_t shown =
      std::min(count, poll.codes_issued - std::min(first, poll.codes_issued));
  std::string body;
  json::Writer out(body);
  out.begin_object().member("poll", id).member("issued", poll.codes_issued);
  out.member("first", first).member("count", shown).key("codes").begin_array();
  const events::PollMac mac(look.identity.mac(), id);
  for (std::uint32_t index = first; index < first + shown; ++index) {
    out.value(events::one_time_code(mac, index));
  }
  out.end_array().end_object();
  return secret_json(std::move(body));
}

}  // namespace flashpoll::query
