#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "events/ids.h"

/// The decoration before a poll's id in the URL of its page. Pure.
namespace flashpoll::events {

/// Lower-case ASCII letters and digits joined by single hyphens, at most 60 characters, cut between
/// words where there is a hyphen; letters of Latin-1 lose their accents, all else separates. Empty
/// for a question without any such letter.
[[nodiscard]] std::string slug(std::string_view question);

/// `lunch-today-7Q2M9X4KTB3D`, or the id alone when the slug is empty: what follows `/p/` and
/// `/manage/`.
[[nodiscard]] std::string page_name(std::string_view question, PollId poll);

/// The poll that a page's name means: its last 12 characters in any case (I and L read as 1, O as
/// 0), with nothing or a hyphen before them. The canonical name is `page_name`.
[[nodiscard]] std::optional<PollId> parse_page_name(std::string_view name);

}  // namespace flashpoll::events
