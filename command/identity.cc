#include "command/identity.h"

#include <algorithm>

#include "infra/crypto/hash.h"

namespace flashpoll::command {

namespace {

constexpr std::string_view kBearer = "bearer ";
constexpr std::size_t kMaxKeys = 10'000;

Claim valid(const VoterTag& voter) { return {Claim::State::valid, voter, {}}; }
Claim invalid() { return {Claim::State::invalid, {}, {}}; }

Claim trusted(const events::Mac& mac, const events::PollKey& key,
              std::optional<std::string_view> voter) {
  if (!voter) return {Claim::State::incomplete, {}, {}};
  return valid(events::tag_of_trusted(mac, key, *voter));
}

}  // namespace

std::optional<std::string_view> bearer_token(const http::Request& request) {
  const auto header = request.header("Authorization");
  if (!header || header->size() < kBearer.size()) return std::nullopt;
  const bool is_bearer =
      std::equal(kBearer.begin(), kBearer.end(), header->begin(),
                 [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
  if (!is_bearer) return std::nullopt;
  return header->substr(kBearer.size());
}

Shown shown_by(const http::Request& request) {
  return {.voter_token = request.header("Voter-Token"),
          .cookie = request.cookie("fp_voter"),
          .code = request.header("Voter-Code"),
          .bearer = bearer_token(request),
          .voter = {}};
}

Identity::Identity(const events::Mac& mac, const std::vector<std::string>& ingest_tokens)
    : mac_(mac), ingest_tokens_(ingest_tokens) {}

Claims Identity::claims(PollId poll, const Shown& shown) const {
  Claims claims;
  if (const auto& text = shown.voter_token ? shown.voter_token : shown.cookie) {
    const auto device = events::parse_voter_token(mac_, *text);
    if (device) claims.device = valid(events::tag_of_device(mac_, poll, *device));
    if (!device && shown.voter_token) claims.device = invalid();
  }
  if (shown.code) {
    const auto index = events::parse_code(mac_, poll, *shown.code);
    claims.code = index ? valid(events::tag_of_code(mac_, poll, *index)) : invalid();
    claims.code_index = index.value_or(0);
  }
  if (shown.bearer) {
    claims.trusted = is_ingest_token(*shown.bearer)
                         ? trusted(mac_, events::key_of_poll(mac_, poll), shown.voter)
                         : invalid();
  }
  return claims;
}

Claims Identity::for_ballot(PollId poll, const Shown& shown, const Uuid& vote_id) const {
  Claims made = claims(poll, shown);
  if (made.device.state == Claim::State::absent) {
    const auto device = events::derived_device(mac_, poll, vote_id);
    made.derived = events::tag_of_device(mac_, poll, device);
  }
  return made;
}

Claims Identity::for_retraction(PollId poll, const Shown& shown, Seq seq) const {
  Claims made = claims(poll, shown);
  for (Claim* claim : {&made.device, &made.code, &made.trusted}) {
    if (claim->state != Claim::State::valid) continue;
    claim->retraction_id = events::retraction_id(mac_, poll, claim->voter, seq);
  }
  return made;
}

std::string Identity::derived_token(PollId poll, const Uuid& vote_id) const {
  return events::voter_token(mac_, events::derived_device(mac_, poll, vote_id));
}

bool Identity::is_ingest_token(std::string_view token) const {
  bool found = false;
  for (const std::string& known : ingest_tokens_) {
    found |= crypto::equal_constant_time(known, token);
  }
  return found;
}

Claims TrustedVoters::claims(PollId poll, std::optional<std::string_view> voter) {
  auto it = keys_.find(poll);
  if (it == keys_.end()) {
    if (keys_.size() >= kMaxKeys) keys_.clear();
    it = keys_.emplace(poll, events::key_of_poll(mac_, poll)).first;
  }
  Claims claims;
  claims.trusted = trusted(mac_, it->second, voter);
  return claims;
}

}  // namespace flashpoll::command
