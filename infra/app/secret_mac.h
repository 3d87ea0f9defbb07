#pragma once

#include <memory>
#include <string_view>

#include "events/credentials.h"
#include "infra/crypto/hash.h"

namespace flashpoll::app {

/// The deployment's secret as the MAC of credentials. Immutable; any thread.
class SecretMac final : public events::Mac {
 public:
  explicit SecretMac(std::string_view secret) : hmac_(secret) {}

  [[nodiscard]] std::array<std::uint8_t, 32> mac(std::string_view message) const override {
    return hmac_.mac(message);
  }
  [[nodiscard]] std::unique_ptr<const events::Mac> under(
      const std::array<std::uint8_t, 32>& key) const override {
    return std::make_unique<SecretMac>(crypto::as_text(key));
  }

 private:
  crypto::HmacSha256 hmac_;
};

}  // namespace flashpoll::app
