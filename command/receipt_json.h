#pragma once

#include <string>

#include "command/commands.h"

namespace flashpoll::command {

/// A voter's entry as the API shows it: a ballot with its choices, or a retraction with what it
/// took back.
[[nodiscard]] std::string vote_json(const Receipt& receipt);

}  // namespace flashpoll::command
