#include "command/identity.h"

#include <algorithm>

#include "infra/crypto/hash.h"

namespace flashpoll::command {

namespace {

constexpr std::string_view kBearer = "bearer ";
constexpr std::size_t kMaxMacs = 10'000;

Claim valid(const VoterTag& voter) { return {Claim::State::valid, voter}; }
Claim invalid() { return {Claim::State::invalid, {}}; }

Claim trusted(const events::PollMac& mac, std::optional<std::string_view> voter) {
  if (!voter) return {Claim::State::incomplete, {}};
  return valid(events::tag_of_trusted(mac, *voter));
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

events::PollMac PollMacs::of(PollId poll) {
  const runtime::MutexLock lock(mutex_);
  auto it = macs_.find(poll);
  if (it == macs_.end()) {
    if (macs_.size() >= kMaxMacs) macs_.clear();
    it = macs_.emplace(poll, events::PollMac(secret_, poll)).first;
  }
  return it->second;
}

Identity::Identity(const events::Mac& mac, const std::vector<std::string>& ingest_tokens)
    : mac_(mac), ingest_tokens_(ingest_tokens), poll_macs_(mac) {}

Claims Identity::claims(const events::PollMac& mac, const Shown& shown) const {
  Claims claims;
  if (const auto& text = shown.voter_token ? shown.voter_token : shown.cookie) {
    const auto device = events::parse_voter_token(mac_, *text);
    if (device) claims.device = valid(events::tag_of_device(mac, *device));
    if (!device && shown.voter_token) claims.device = invalid();
  }
  if (shown.code) {
    const auto index = events::parse_code(mac, *shown.code);
    claims.code = index ? valid(events::tag_of_code(mac, *index)) : invalid();
    claims.code_index = index.value_or(0);
  }
  if (shown.bearer) {
    claims.trusted = is_ingest_token(*shown.bearer) ? trusted(mac, shown.voter) : invalid();
  }
  return claims;
}

Claims Identity::for_ballot(PollId poll, const Shown& shown, const Uuid& vote_id) const {
  const events::PollMac mac = poll_macs_.of(poll);
  Claims made = claims(mac, shown);
  if (made.device.state == Claim::State::absent) {
    const auto device = events::derived_device(mac_, poll, vote_id);
    made.derived = DerivedDevice{device, events::tag_of_device(mac, device)};
  }
  return made;
}

RetractVote Identity::retraction(PollId poll, const Shown& shown, Seq seq) const {
  RetractVote made{poll, claims(poll_macs_.of(poll), shown), seq};
  const auto name = [&](events::Eligibility eligibility, const Claim& claim) {
    if (claim.state != Claim::State::valid) return;
    made.ids[static_cast<std::size_t>(eligibility)] =
        events::retraction_id(mac_, poll, claim.voter, seq);
  };
  name(events::Eligibility::open, made.claims.device);
  name(events::Eligibility::codes, made.claims.code);
  name(events::Eligibility::trusted, made.claims.trusted);
  return made;
}

Claims Identity::for_trusted(PollId poll, std::optional<std::string_view> voter) const {
  Claims claims;
  claims.trusted = trusted(poll_macs_.of(poll), voter);
  return claims;
}

bool Identity::is_ingest_token(std::string_view token) const {
  bool found = false;
  for (const std::string& known : ingest_tokens_) {
    found |= crypto::equal_constant_time(known, token);
  }
  return found;
}

}  // namespace flashpoll::command
