#pragma once

#include <cstdint>
#include <string>

#include "events/fold.h"
#include "infra/app/bars.h"

/// How a replay looks, pure.
namespace flashpoll::app {

/// `17 2026-…Z vote.cast.v1 counted: Pizza = 25 15`, or `… void: already_voted`.
[[nodiscard]] std::string entry_text(const events::Judged& entry);

/// `{"seq","at","verdict","reason","event":{…},"added","removed","votes","voters"}`; the event is
/// its canonical bytes.
[[nodiscard]] std::string entry_json(const events::Judged& entry);

/// The poll as its last entry left it.
[[nodiscard]] Picture picture_of(const events::Poll& poll);

/// `20x` or `20`, 1 … 1 000 000. Throws Misconfigured.
[[nodiscard]] std::int64_t parse_speed(const std::string& text);

}  // namespace flashpoll::app
