#pragma once

#include <optional>
#include <string_view>

#include "events/event.h"

namespace flashpoll::events {

/// The event whose canonical bytes these are; nothing for any other bytes. One strict pass over
/// exactly the encoder's grammar; a vote of up to 15 choices costs no allocation. Whether the event
/// stands under the right key is not looked at.
[[nodiscard]] std::optional<Event> read_event(std::string_view bytes);

}  // namespace flashpoll::events
