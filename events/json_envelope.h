#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Reads what every event has in common, of whatever type. Its definition never changes, so it is
/// written here instead of being what some version of a JSON library accepts. Pure.
namespace flashpoll::events {

inline constexpr std::size_t kMaxEventBytes = 64 * 1024;
/// The outermost object counts as one.
inline constexpr std::size_t kMaxDepth = 16;

/// The first two members; empty where they are not the strings `type` and `poll`, in this order.
struct Envelope {
  std::optional<std::string> type;
  std::optional<std::string> poll;
};

/// Nothing unless `text` is one object after RFC 8259 in valid UTF-8, at most `kMaxEventBytes` long
/// and `kMaxDepth` deep, with no key twice in one object (compared after unescaping), and every
/// string is Unicode: an escape of half a surrogate pair is refused. Numbers are checked for their
/// grammar alone and may be of any size.
[[nodiscard]] std::optional<Envelope> read_envelope(std::string_view text);

}  // namespace flashpoll::events
