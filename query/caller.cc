#include "query/caller.h"

#include <algorithm>

#include "infra/crypto/hash.h"

namespace flashpoll::query {

namespace {

using events::Refusal;

constexpr std::size_t kMaxTrustedVoter = 256;

std::string copy(std::optional<std::string_view> value) { return std::string(value.value_or("")); }

std::string bearer_of(const http::Request& request) {
  const std::string_view value = request.header("Authorization").value_or("");
  constexpr std::string_view kScheme = "bearer ";
  const bool fits = value.size() > kScheme.size() &&
                    std::equal(kScheme.begin(), kScheme.end(), value.begin(), [](char a, char b) {
                      return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b);
                    });
  return fits ? std::string(value.substr(kScheme.size())) : "";
}

}  // namespace

Caller caller_of(const http::Request& request) {
  Caller caller;
  caller.voter_token = copy(request.header("Voter-Token"));
  caller.cookie = copy(request.cookie("fp_voter"));
  caller.code = copy(request.header("Voter-Code"));
  caller.bearer = bearer_of(request);
  return caller;
}

Identity::Identity(const events::Mac& mac, std::vector<std::string> ingest_tokens)
    : mac_(mac),
      ingest_tokens_(std::move(ingest_tokens)),
      fingerprint_(events::key_fingerprint(mac)) {}

bool Identity::knows_secret_of(const PollRow& poll) const {
  return poll.settings.key == fingerprint_;
}

Identity::Tag Identity::tag_of(const PollRow& poll, const Caller& caller) const {
  if (!knows_secret_of(poll)) return Refused{Refusal::wrong_secret};
  switch (poll.settings.eligibility) {
    case events::Eligibility::open:
      return device_tag(poll.settings.poll, caller);
    case events::Eligibility::codes:
      return code_tag(poll, caller);
    case events::Eligibility::trusted:
      return trusted_tag(poll.settings.poll, caller);
  }
  return Refused{Refusal::credential_missing};
}

Identity::Tag Identity::device_tag(events::PollId poll, const Caller& caller) const {
  const bool named = !caller.voter_token.empty();
  const auto device = events::parse_voter_token(mac_, named ? caller.voter_token : caller.cookie);
  if (device) return events::tag_of_device({mac_, poll}, *device);
  // A cookie that is none of ours is what a browser kept from another deployment.
  if (named) return Refused{Refusal::credential_invalid};
  return Refused{.refusal = Refusal::credential_missing, .challenge = Refused::kVoterToken};
}

Identity::Tag Identity::code_tag(const PollRow& poll, const Caller& caller) const {
  if (caller.code.empty()) {
    return Refused{.refusal = Refusal::credential_missing, .challenge = Refused::kVoterCode};
  }
  const auto index = events::parse_code({mac_, poll.settings.poll}, caller.code);
  if (!index || *index >= poll.codes_issued) return Refused{Refusal::credential_invalid};
  return events::tag_of_code({mac_, poll.settings.poll}, *index);
}

Identity::Tag Identity::trusted_tag(events::PollId poll, const Caller& caller) const {
  if (caller.bearer.empty()) return Refused{Refusal::credential_missing};
  bool known = false;
  for (const std::string& token : ingest_tokens_) {
    known |= crypto::equal_constant_time(token, caller.bearer);
  }
  if (!known) return Refused{Refusal::credential_invalid};
  if (caller.trusted_voter.empty() || caller.trusted_voter.size() > kMaxTrustedVoter) {
    return Refused{Refusal::bad_request, "voter must be given, with at most 256 bytes."};
  }
  return events::tag_of_trusted({mac_, poll}, caller.trusted_voter);
}

std::optional<Refused> Identity::refuse_owner(const PollRow& poll, const Caller& caller) const {
  if (caller.bearer.empty()) return Refused{Refusal::credential_missing};
  const crypto::Digest shown = crypto::sha256(caller.bearer);
  const bool is_owner =
      crypto::equal_constant_time(crypto::as_text(shown), crypto::as_text(poll.settings.manage));
  return is_owner ? std::nullopt : std::optional(Refused{Refusal::not_owner});
}

std::optional<std::string> Identity::fresh_token(const Caller& caller) const {
  if (events::parse_voter_token(mac_, caller.cookie)) return std::nullopt;
  return events::voter_token(mac_, crypto::random_bytes<16>());
}

}  // namespace flashpoll::query
