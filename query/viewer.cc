#include "query/viewer.h"

namespace flashpoll::query {

Viewer viewer_of(const http::Request& request) {
  Viewer viewer;
  viewer.token = request.header("Voter-Token").value_or(request.cookie("fp_voter").value_or(""));
  viewer.code = request.header("Voter-Code").value_or("");
  return viewer;
}

std::optional<events::VoterTag> voter_of(const events::Mac& mac, const PollRow& poll,
                                         const Viewer& viewer) {
  const events::PollId id = poll.settings.poll;
  switch (poll.settings.eligibility) {
    case events::Eligibility::open:
      if (const auto device = events::parse_voter_token(mac, viewer.token))
        return events::tag_of_device(mac, id, *device);
      return std::nullopt;
    case events::Eligibility::codes:
      if (const auto index = events::parse_code(mac, id, viewer.code);
          index && *index < poll.codes_issued)
        return events::tag_of_code(mac, id, *index);
      return std::nullopt;
    case events::Eligibility::trusted:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace flashpoll::query
