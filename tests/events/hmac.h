#pragma once

#include <memory>
#include <string_view>

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
  [[nodiscard]] std::unique_ptr<const Mac> under(
      const std::array<std::uint8_t, 32>& key) const override {
    return std::make_unique<Hmac>(crypto::as_text(key));
  }

 private:
  crypto::HmacSha256 secret_;
};

}  // namespace flashpoll::events::testing
