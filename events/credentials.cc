#include "events/credentials.h"

#include <algorithm>
#include <boost/container/small_vector.hpp>

#include "events/check.h"

namespace flashpoll::events {

namespace {

using Digest = std::array<std::uint8_t, 32>;

constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kCodeSize = 16;
constexpr std::uint64_t kCodeMacMask = (std::uint64_t{1} << 60) - 1;

/// The input of a MAC: a purpose, a zero byte, and fields. All fields but the last have a fixed
/// size, and no purpose is the beginning of another with its zero byte, so no two inputs collide.
class Message {
 public:
  explicit Message(std::string_view purpose) { text(purpose).bytes_.push_back('\0'); }

  Message& number(std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      bytes_.push_back(static_cast<char>(value >> shift & 0xFF));
    }
    return *this;
  }
  Message& poll(PollId poll) { return number(poll.bits()); }
  Message& bytes(const std::array<std::uint8_t, 16>& value) {
    bytes_.insert(bytes_.end(), value.begin(), value.end());
    return *this;
  }
  /// Must come last.
  Message& text(std::string_view value) {
    bytes_.insert(bytes_.end(), value.begin(), value.end());
    return *this;
  }

  /// `mac`: a Mac or a PollMac.
  Digest mac(const auto& mac) const { return mac.mac({bytes_.data(), bytes_.size()}); }

 private:
  boost::container::small_vector<char, 128> bytes_;  // most of them fit
};

template <typename Bytes>
Bytes first_bytes(const Digest& digest) {
  Bytes bytes;
  std::copy_n(digest.begin(), bytes.size(), bytes.begin());
  return bytes;
}

std::uint64_t first_word(const Digest& digest) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < 8; ++i) word = word << 8 | digest[i];
  return word;
}

VoterTag tag_of(const PollMac& mac, const Message& identity) {
  return {first_bytes<decltype(VoterTag::bytes)>(identity.mac(mac))};
}

Digest token_mac(const Mac& mac, const DeviceId& device) {
  return Message("flashpoll voter token v1").bytes(device).mac(mac);
}

std::uint64_t code_mac(const PollMac& mac, std::uint32_t index) {
  const Digest digest = Message("flashpoll one-time code v1").number(index).mac(mac);
  return first_word(digest) & kCodeMacMask;
}

/// The 5 bits of a character as people write it; -1 when it stands for nothing.
int lenient_value(char c) {
  const char upper = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  if (upper == 'I' || upper == 'L') return 1;
  if (upper == 'O') return 0;
  const std::size_t value = kCrockford.find(upper);
  return value == std::string_view::npos ? -1 : static_cast<int>(value);
}

}  // namespace

KeyFingerprint key_fingerprint(const Mac& mac) {
  return first_bytes<KeyFingerprint>(Message("flashpoll secret fingerprint v1").mac(mac));
}

std::string voter_token(const Mac& mac, const DeviceId& device) {
  std::array<std::uint8_t, 48> bytes;
  const Digest digest = token_mac(mac, device);
  std::copy(digest.begin(), digest.end(), std::copy(device.begin(), device.end(), bytes.begin()));
  std::string token;
  append_base64url(token, bytes.data(), bytes.size());
  return token;
}

std::optional<DeviceId> parse_voter_token(const Mac& mac, std::string_view token) {
  std::array<std::uint8_t, 48> bytes;
  if (!parse_base64url(token, bytes.data(), bytes.size())) return std::nullopt;
  DeviceId device;
  std::copy_n(bytes.begin(), device.size(), device.begin());
  const Digest expected = token_mac(mac, device);
  unsigned difference = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    difference |= static_cast<unsigned>(expected[i] ^ bytes[device.size() + i]);
  }
  if (difference != 0) return std::nullopt;
  return device;
}

DeviceId derived_device(const Mac& mac, PollId poll, const Uuid& vote_id) {
  return first_bytes<DeviceId>(
      Message("flashpoll first vote device v1").poll(poll).bytes(vote_id.bytes).mac(mac));
}

PollMac::PollMac(const Mac& secret, PollId poll)
    : mac_(secret.under(Message("flashpoll poll key v1").poll(poll).mac(secret))) {}

std::string one_time_code(const PollMac& mac, std::uint32_t index) {
  FP_CHECK(index < kMaxCodes, "a code's index has 20 bits");
  const std::uint64_t digits = code_mac(mac, index);
  std::string code;
  for (int shift = 15; shift >= 0; shift -= 5) code += kCrockford[index >> shift & 31];
  for (int shift = 55; shift >= 0; shift -= 5) code += kCrockford[digits >> shift & 31];
  return code;
}

std::optional<std::uint32_t> parse_code(const PollMac& mac, std::string_view code) {
  std::uint32_t index = 0;
  std::uint64_t digits = 0;
  std::size_t size = 0;
  for (const char c : code) {
    if (c == '-') continue;
    const int value = lenient_value(c);
    if (value < 0 || size == kCodeSize) return std::nullopt;
    if (size++ < 4) {
      index = index << 5 | static_cast<std::uint32_t>(value);
    } else {
      digits = digits << 5 | static_cast<std::uint64_t>(value);
    }
  }
  if (size != kCodeSize || digits != code_mac(mac, index)) return std::nullopt;
  return index;
}

VoterTag tag_of_device(const PollMac& mac, const DeviceId& device) {
  return tag_of(mac, Message("device").bytes(device));
}

VoterTag tag_of_code(const PollMac& mac, std::uint32_t index) {
  return tag_of(mac, Message("code").number(index));
}

VoterTag tag_of_trusted(const PollMac& mac, std::string_view voter) {
  return tag_of(mac, Message("voter").text(voter));
}

Uuid retraction_id(const Mac& mac, PollId poll, const VoterTag& voter, Seq retracted) {
  const auto digest = Message("flashpoll retraction v1")
                          .poll(poll)
                          .bytes(voter.bytes)
                          .number(retracted.value)
                          .mac(mac);
  return uuid_v8(digest.data());
}

OpeningSecrets opening_secrets(const Mac& mac, const std::array<std::uint8_t, 16>& random_or_key,
                               bool from_key) {
  const std::uint64_t kind = from_key ? 1 : 0;
  const auto id = Message("flashpoll opening poll v1").number(kind).bytes(random_or_key).mac(mac);
  const auto token =
      Message("flashpoll opening token v1").number(kind).bytes(random_or_key).mac(mac);
  OpeningSecrets secrets{.poll = PollId(first_word(id)), .manage_token = {}};
  append_base64url(secrets.manage_token, token.data(), token.size());
  return secrets;
}

Uuid opening_id(const Mac& mac, const Uuid& key, std::string_view normalised_body) {
  const auto digest =
      Message("flashpoll opening id v1").bytes(key.bytes).text(normalised_body).mac(mac);
  return uuid_v8(digest.data());
}

}  // namespace flashpoll::events
