#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "command/commands.h"
#include "events/credentials.h"
#include "infra/http/http.h"
#include "infra/runtime/mutex.h"

/// Who a request says it is: headers, cookie and body members become claims. Any thread.
namespace flashpoll::command {

/// What of a request can be a credential.
struct Shown {
  std::optional<std::string_view> voter_token;  ///< header `Voter-Token`
  std::optional<std::string_view> cookie;       ///< `fp_voter`; a broken one counts as none
  std::optional<std::string_view> code;         ///< body or header `Voter-Code`
  std::optional<std::string_view> bearer;       ///< `Authorization: Bearer`
  std::optional<std::string_view> voter;        ///< body, beside an ingest token
};
[[nodiscard]] Shown shown_by(const http::Request& request);

/// Text after `Bearer `, the scheme in any case.
[[nodiscard]] std::optional<std::string_view> bearer_token(const http::Request& request);

/// The MACs of the polls last asked for, up to a bound. Any thread.
class PollMacs {
 public:
  /// `secret` must outlive this object.
  explicit PollMacs(const events::Mac& secret) : secret_(secret) {}

  [[nodiscard]] events::PollMac of(PollId poll) FP_EXCLUDES(mutex_);

 private:
  const events::Mac& secret_;
  runtime::Mutex mutex_;
  boost::unordered_flat_map<PollId, events::PollMac, std::hash<PollId>> macs_ FP_GUARDED_BY(mutex_);
};

class Identity {
 public:
  /// `mac` must outlive this object.
  Identity(const events::Mac& mac, const std::vector<std::string>& ingest_tokens);

  /// Claims for a ballot; `vote_id` makes the device of who showed none.
  [[nodiscard]] Claims for_ballot(PollId poll, const Shown& shown, const Uuid& vote_id) const;
  /// The command that takes back the ballot `seq`.
  [[nodiscard]] RetractVote retraction(PollId poll, const Shown& shown, Seq seq) const;
  /// Claims of a caller who has shown an ingest token.
  [[nodiscard]] Claims for_trusted(PollId poll, std::optional<std::string_view> voter) const;

  [[nodiscard]] bool is_ingest_token(std::string_view token) const;

  [[nodiscard]] const events::Mac& mac() const { return mac_; }

 private:
  [[nodiscard]] Claims claims(const events::PollMac& mac, const Shown& shown) const;

  const events::Mac& mac_;
  std::vector<std::string> ingest_tokens_;
  mutable PollMacs poll_macs_;
};

}  // namespace flashpoll::command
