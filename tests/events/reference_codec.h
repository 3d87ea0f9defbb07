#pragma once

#include <optional>
#include <string_view>

#include "events/event.h"

namespace flashpoll::events::testing {

/// The decoder once more, in another way: a JSON library reads the text, the members are picked
/// from its tree, and the bytes must be what encoding gives. Slow and independent.
[[nodiscard]] std::optional<Event> reference_decode(std::string_view bytes);

}  // namespace flashpoll::events::testing
