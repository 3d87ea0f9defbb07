#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "query/seen.h"

namespace flashpoll::query {

/// The JSON in a page's `<script id="state">`: bodies of the API as of `now`, safe within HTML.
/// `mine`: JSON, or empty to leave it out.
[[nodiscard]] std::string page_state(const SeenPoll& poll, std::string_view base,
                                     events::TimeMs now, std::string_view mine);

/// The caller's own entry for `page_state`: a receipt, `{"latest":43}` after a retraction, null;
/// empty in polls whose voters the cookie does not tell.
[[nodiscard]] std::string mine_member(const SeenPoll& poll,
                                      const std::optional<EntryRow>& standing);

}  // namespace flashpoll::query
