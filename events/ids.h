#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

/// Strong identifiers and their one spelling each. Pure.
namespace flashpoll::events {

/// Unix time in milliseconds, 0 … 253402300799999 (the end of year 9999).
using TimeMs = std::int64_t;
inline constexpr TimeMs kMaxTimeMs = 253402300799999;

/// Number of a record within its poll; dense from 0, the opening. Derived by the fold.
struct Seq {
  std::uint64_t value = 0;
  constexpr Seq() = default;
  explicit constexpr Seq(std::uint64_t v) : value(v) {}
  friend constexpr auto operator<=>(Seq, Seq) = default;
};

/// Largest seq that an event can name: every JSON reader holds it exactly (RFC 8259 section 6).
inline constexpr std::uint64_t kMaxSeq = (std::uint64_t{1} << 53) - 1;

/// One-time codes of a poll have indices of 20 bits.
inline constexpr std::uint32_t kMaxCodes = 1U << 20;

/// 60 random bits, written as 12 upper-case Crockford base32 characters (no I, L, O, U); a bigint
/// in SQL.
class PollId {
 public:
  constexpr PollId() = default;
  /// Takes the low 60 bits.
  explicit constexpr PollId(std::uint64_t bits) : bits_(bits & ((std::uint64_t{1} << 60) - 1)) {}
  /// Accepts the canonical spelling only.
  [[nodiscard]] static std::optional<PollId> parse(std::string_view text);
  [[nodiscard]] std::string text() const;
  void append_to(std::string& out) const;
  [[nodiscard]] constexpr std::uint64_t bits() const { return bits_; }
  friend constexpr auto operator<=>(PollId, PollId) = default;

 private:
  std::uint64_t bits_ = 0;
};

/// 16 bytes that name a voter within one poll; says nothing outside it. Text: base64url, 22
/// characters.
struct VoterTag {
  std::array<std::uint8_t, 16> bytes{};
  [[nodiscard]] static std::optional<VoterTag> parse(std::string_view text);
  [[nodiscard]] std::string text() const;
  void append_to(std::string& out) const;
  friend auto operator<=>(const VoterTag&, const VoterTag&) = default;
};

/// RFC 9562. Text: 36 lower-case characters; any version and variant.
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};
  /// Accepts the canonical spelling only.
  [[nodiscard]] static std::optional<Uuid> parse(std::string_view text);
  /// Accepts upper-case too, as clients write it.
  [[nodiscard]] static std::optional<Uuid> parse_any_case(std::string_view text);
  [[nodiscard]] std::string text() const;
  void append_to(std::string& out) const;
  friend auto operator<=>(const Uuid&, const Uuid&) = default;
};

/// UUIDv7 (RFC 9562 §5.7) of a time and 10 random bytes, of which 74 bits are used.
[[nodiscard]] Uuid uuid_v7(TimeMs at, const std::array<std::uint8_t, 10>& random);
/// UUIDv8 (RFC 9562 §5.8) of 16 bytes of a digest.
[[nodiscard]] Uuid uuid_v8(const std::uint8_t* sixteen_bytes);

/// SHA-256 of a poll's manage token. Text in events: base64url, 43 characters.
using ManageHash = std::array<std::uint8_t, 32>;
/// First 8 bytes of a MAC that name the deployment's secret. Text in events: base64url, 11
/// characters.
using KeyFingerprint = std::array<std::uint8_t, 8>;

/// Base64url without padding (RFC 4648 §5); decoding is strict: exact length, no stray bits.
void append_base64url(std::string& out, const std::uint8_t* bytes, std::size_t size);
[[nodiscard]] bool parse_base64url(std::string_view text, std::uint8_t* bytes, std::size_t size);

/// Partition of a record key: Kafka's default partitioner, (murmur2(key) & 0x7fffffff) mod count,
/// so that Java tools agree. Source of the algorithm: org.apache.kafka.common.utils.Utils.murmur2
/// (Austin Appleby's MurmurHash2, seed 0x9747b28c).
[[nodiscard]] std::uint32_t partition_of(std::string_view key, std::uint32_t partition_count);
/// The same of the poll's text, which is not written for it.
[[nodiscard]] std::uint32_t partition_of(PollId key, std::uint32_t partition_count);

}  // namespace flashpoll::events

template <>
struct std::hash<flashpoll::events::PollId> {
  std::size_t operator()(flashpoll::events::PollId id) const noexcept {
    return id.bits() * 0x9E3779B97F4A7C15ULL;
  }
};
