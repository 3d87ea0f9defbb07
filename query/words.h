#pragma once

#include <map>
#include <string>
#include <string_view>

#include "events/ids.h"

namespace flashpoll::query {

/// The words of the pages, from `words.json`: `words.text("status.open")`. Immutable, any thread.
class Words {
 public:
  /// One JSON object of objects; a text's name is its path, joined by dots. Throws Misconfigured
  /// when it is no such thing.
  explicit Words(std::string_view json);

  /// Empty when there is no such text.
  [[nodiscard]] std::string_view text(std::string_view name) const;
  /// With `{time}` replaced by `2026-11-20 12:30 UTC`.
  [[nodiscard]] std::string timed(std::string_view name, events::TimeMs at) const;

 private:
  std::map<std::string, std::string, std::less<>> texts_;
};

}  // namespace flashpoll::query
