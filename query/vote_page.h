#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/ids.h"
#include "query/rows.h"
#include "query/template.h"
#include "query/view.h"
#include "query/words.h"

/// The parts of the vote page that work without script. Pure. Contract: query/web/pages/README.md.
namespace flashpoll::query {

/// A voter's latest counted entry, as far as the page tells it.
struct StandingEntry {
  events::Seq seq;
  bool retracted = false;
  std::vector<std::uint8_t> choices{};
};

struct VotePage {
  const PollRow& poll;
  Status status = Status::open;
  Withheld withheld = Withheld::no;
  std::optional<StandingEntry> standing{};
  events::Uuid vote_id{};     ///< fresh: the form's vote
  std::string_view notice{};  ///< the code of `?notice=`
};

/// All holes of `vote.html` but `state`.
[[nodiscard]] std::vector<Template::Value> vote_page_values(const VotePage& page,
                                                            const Words& words);

/// `1234567` as `1,234,567`.
[[nodiscard]] std::string with_commas(std::uint64_t number);

/// What stands in `<p class="state">`.
[[nodiscard]] std::string status_words(const PollRow& poll, Status status, const Words& words);

}  // namespace flashpoll::query
