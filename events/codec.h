#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "events/event.h"

/// Canonical bytes of events. Pure; threads: free functions, no state.
///
///   record = "{" `"type":"` type `"` { "," member } "}"      members in the order of the schema,
///   no white space, strings escaped as in RFC 8785, integers `0` or `[1-9][0-9]*`.
///
/// The decoder accepts only what the encoder would write: decode(encode(e)) == e, and
/// encode(decode(bytes)) == bytes for every bytes that decode to an event.
namespace flashpoll::events {

/// A record of a type that this build does not know, whose envelope is sound. It parks its poll.
struct Unknown {
  PollId poll;
  std::string type;
};

/// A record without effect, and why. Numbers are storage format.
enum class StrayCause : std::uint8_t {
  /// Not one object of valid UTF-8 and RFC 8259, ≤ 64 KiB, depth ≤ 16, each key once (see
  /// json_envelope.h).
  not_json = 1,
  no_envelope = 2,  ///< the first two members are not a well-formed `type` and `poll`
  wrong_key = 3,    ///< `poll` is not the record's key, or the key belongs to another partition
  /// A known type, but not the bytes that the encoder would write, or off its schema.
  not_canonical = 4,
  never_opened = 5,  ///< an event of a poll that was not opened (found by the fold)
};
[[nodiscard]] std::string_view name(StrayCause cause);

struct Stray {
  StrayCause cause = StrayCause::not_json;
};

using Decoded = std::variant<Event, Unknown, Stray>;

/// A ledger record as the decoder sees it.
struct RecordView {
  std::uint32_t partition = 0;
  std::string_view key;
  std::string_view value;
};

[[nodiscard]] Decoded decode(const RecordView& record, std::uint32_t partition_count);

/// Whether decoding takes what encoding this event writes: numbers within their bounds, strings of
/// valid UTF-8 without U+0000. (Beside it the bytes must not exceed 64 KiB.)
[[nodiscard]] bool obeys_schema(const Event& event);

[[nodiscard]] std::string encode(const Event& event);
void append_encoded(std::string& out, const Event& event);

/// An entry as exports show it and auditors refold it: the time in decimal milliseconds, a space,
/// the canonical bytes.
[[nodiscard]] std::string entry_line(TimeMs at, std::string_view canonical_bytes);

}  // namespace flashpoll::events
