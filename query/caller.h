#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "events/credentials.h"
#include "infra/http/http.h"
#include "query/refused.h"
#include "query/rows.h"

namespace flashpoll::query {

/// The credentials that came with a request, unchecked. Never logged.
struct Caller {
  std::string voter_token;    ///< header `Voter-Token`; it wins over the cookie
  std::string cookie;         ///< `fp_voter`
  std::string code;           ///< header `Voter-Code`
  std::string bearer;         ///< after `Authorization: Bearer `
  std::string trusted_voter;  ///< `?voter=`, where the address knows it
};
[[nodiscard]] Caller caller_of(const http::Request& request);

/// Who a caller is in a poll. Immutable; any thread.
class Identity {
 public:
  /// `mac` must outlive it. `ingest_tokens`: those of trusted callers.
  Identity(const events::Mac& mac, std::vector<std::string> ingest_tokens);

  using Tag = std::variant<events::VoterTag, Refused>;
  /// The caller's tag, or why there is none: wrong_secret, credential_missing, credential_invalid.
  [[nodiscard]] Tag tag_of(const PollRow& poll, const Caller& caller) const;

  /// Empty, or why the caller is not the poll's owner.
  [[nodiscard]] std::optional<Refused> refuse_owner(const PollRow& poll,
                                                    const Caller& caller) const;
  /// Whether this node has the secret that the poll was opened under.
  [[nodiscard]] bool knows_secret_of(const PollRow& poll) const;

  /// A token for a new device, when the caller's cookie is none of this deployment's.
  [[nodiscard]] std::optional<std::string> fresh_token(const Caller& caller) const;

  [[nodiscard]] const events::Mac& mac() const { return mac_; }

 private:
  [[nodiscard]] Tag device_tag(events::PollId poll, const Caller& caller) const;
  [[nodiscard]] Tag code_tag(const PollRow& poll, const Caller& caller) const;
  [[nodiscard]] Tag trusted_tag(events::PollId poll, const Caller& caller) const;

  const events::Mac& mac_;
  const std::vector<std::string> ingest_tokens_;
  const events::KeyFingerprint fingerprint_;
};

}  // namespace flashpoll::query
