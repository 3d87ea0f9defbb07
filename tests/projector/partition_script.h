#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "events/codec.h"
#include "events/fold.h"
#include "projector/project.h"

/// Writes the records of one partition as a test wants them, and folds them into rows.
namespace flashpoll::test {

inline constexpr events::TimeMs kOpeningTime = 1'700'000'000'000;

inline events::PollId poll_id(std::uint64_t number) { return events::PollId(number); }

inline events::VoterTag voter(std::uint8_t number) {
  events::VoterTag tag;
  tag.bytes[0] = number;
  return tag;
}

inline events::Uuid uuid(std::uint8_t number) {
  events::Uuid id;
  id.bytes[15] = number;
  return id;
}

inline events::PollOpened opening(events::PollId poll, std::size_t choices = 3) {
  events::PollOpened event;
  event.poll = poll;
  event.id = uuid(200);
  event.question = "Lunch today?";
  for (std::size_t i = 0; i < choices; ++i) event.choices.push_back("choice " + std::to_string(i));
  event.allow_change = true;
  event.closes_at = kOpeningTime + 3'600'000;
  return event;
}

inline events::VoteCast ballot(events::PollId poll, std::uint8_t who, events::Choices choices,
                               std::optional<events::Seq> replaces = {}, std::uint8_t id = 1) {
  return {.poll = poll,
          .voter = voter(who),
          .vote_id = uuid(id),
          .choices = std::move(choices),
          .replaces = replaces};
}

/// Folds events as if they came from one partition, one record each.
class Script {
 public:
  Script& at(events::TimeMs since_opening) {
    time_ = kOpeningTime + since_opening;
    return *this;
  }
  Script& event(const events::Event& event) {
    return decoded(event, events::poll_of(event).text(), events::encode(event));
  }
  Script& unknown(events::PollId poll, std::string type) {
    return decoded(events::Unknown{poll, std::move(type)}, poll.text(), "{}");
  }
  Script& stray(events::StrayCause cause, std::string key, std::string value) {
    return decoded(events::Stray{cause}, std::move(key), std::move(value));
  }
  projector::RowChanges take() { return projection_.take(); }
  [[nodiscard]] const events::Fold& fold() const { return fold_; }

 private:
  Script& decoded(const events::Decoded& record, const std::string& key, const std::string& value) {
    projection_.fold(fold_, {.position = {.offset = offset_++, .append_time = time_},
                             .key = key,
                             .value = value,
                             .decoded = record});
    return *this;
  }

  events::Fold fold_;
  projector::Projection projection_;
  events::TimeMs time_ = kOpeningTime;
  std::int64_t offset_ = 0;
};

}  // namespace flashpoll::test
