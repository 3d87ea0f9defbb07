#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "events/ids.h"

namespace flashpoll::app {

/// What POLL means on the command line.
struct PollAddress {
  std::optional<std::string> server;  ///< `http://host:port`, when a URL was given
  events::PollId poll;
};

/// An id, a page's name (`lunch-today-7Q2M9X4KTB3D`), or the URL of the page, the owner's page or
/// the API; the id in any case. A fragment is not looked at: tokens do not come as arguments.
/// Throws Misconfigured.
[[nodiscard]] PollAddress parse_poll_address(std::string_view text);

}  // namespace flashpoll::app
