#pragma once

#include "events/credentials.h"
#include "infra/crypto/hash.h"

namespace flashpoll::events::testing {

/// The port over the real HMAC-SHA-256.
class Hmac : public Mac {
 public:
  explicit Hmac(std::string_view secret) : secret_(secret) {}
  [[nodiscard]] std::array<std::uint8_t, 32> mac(std::string_view message) const override {
    return secret_.mac(message);
  }
  [[nodiscard]] std::array<std::uint8_t, 32> mac_with(const std::array<std::uint8_t, 32>& key,
                                                      std::string_view message) const override {
    return crypto::HmacSha256(crypto::as_text(key)).mac(message);
  }

 private:
  crypto::HmacSha256 secret_;
};

}  // namespace flashpoll::events::testing
