#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "events/ids.h"

/// Who votes: credentials, and the tags that stand for them in the ledger. Pure over one MAC; every
/// input is domain-separated, so that no value made for one purpose serves another.
namespace flashpoll::events {

/// HMAC-SHA-256 under one key: the deployment's secret, or one made of it.
class Mac {
 public:
  virtual ~Mac() = default;
  [[nodiscard]] virtual std::array<std::uint8_t, 32> mac(std::string_view message) const = 0;
  /// HMAC-SHA-256 under another key.
  [[nodiscard]] virtual std::unique_ptr<const Mac> under(
      const std::array<std::uint8_t, 32>& key) const = 0;
};

/// A device that votes in open polls: 16 random bytes, or derived from a first request.
using DeviceId = std::array<std::uint8_t, 16>;

/// Fingerprint of the secret, as `poll.opened` carries it.
[[nodiscard]] KeyFingerprint key_fingerprint(const Mac& mac);

/// Voter-Token: the device and a MAC of it, base64url. One token is valid in all open polls.
[[nodiscard]] std::string voter_token(const Mac& mac, const DeviceId& device);
/// Empty when the token was not made under this secret. Compares in constant time.
[[nodiscard]] std::optional<DeviceId> parse_voter_token(const Mac& mac, std::string_view token);
/// The device of a first vote without credential: its retry meets itself.
[[nodiscard]] DeviceId derived_device(const Mac& mac, PollId poll, const Uuid& vote_id);

/// HMAC under the key of a poll's voters, which the secret and the poll make. Copies share it.
class PollMac {
 public:
  PollMac(const Mac& secret, PollId poll);
  [[nodiscard]] std::array<std::uint8_t, 32> mac(std::string_view message) const {
    return mac_->mac(message);
  }

 private:
  std::shared_ptr<const Mac> mac_;
};

/// One-time code: 16 upper-case Crockford characters, a 20-bit index and 60 bits of a MAC.
[[nodiscard]] std::string one_time_code(const PollMac& mac, std::uint32_t index);
/// Index of a well-made code, in any case, with or without dashes, I and L read as 1, O as 0.
/// Whether it was issued is the fold's to say.
[[nodiscard]] std::optional<std::uint32_t> parse_code(const PollMac& mac, std::string_view code);

/// The voter's tag in a poll: first 16 bytes of the poll's MAC of the identity.
[[nodiscard]] VoterTag tag_of_device(const PollMac& mac, const DeviceId& device);
[[nodiscard]] VoterTag tag_of_code(const PollMac& mac, std::uint32_t index);
/// `voter`: at most 256 bytes, named by a trusted caller.
[[nodiscard]] VoterTag tag_of_trusted(const PollMac& mac, std::string_view voter);

/// vote_id of a retraction: derived, so that its retry is a repeat.
[[nodiscard]] Uuid retraction_id(const Mac& mac, PollId poll, const VoterTag& voter, Seq retracted);

/// Poll id and manage token of an opening. With an idempotency key they derive from it. The token
/// is 43 base64url characters.
struct OpeningSecrets {
  PollId poll;
  std::string manage_token;
};
[[nodiscard]] OpeningSecrets opening_secrets(const Mac& mac,
                                             const std::array<std::uint8_t, 16>& random_or_key,
                                             bool from_key);
/// `id` of an opening with an idempotency key: UUIDv8 of key and normalised body.
[[nodiscard]] Uuid opening_id(const Mac& mac, const Uuid& key, std::string_view normalised_body);

}  // namespace flashpoll::events
