#pragma once

#include <string>

#include "events/credentials.h"
#include "infra/crypto/hash.h"

namespace flashpoll::app {

/// The deployment's secret as the MAC of credentials. Immutable; any thread.
class SecretMac final : public events::Mac {
 public:
  explicit SecretMac(const std::string& secret) : hmac_(secret) {}

  [[nodiscard]] std::array<std::uint8_t, 32> mac(std::string_view message) const override {
    return hmac_.mac(message);
  }
  [[nodiscard]] std::array<std::uint8_t, 32> mac_with(const std::array<std::uint8_t, 32>& key,
                                                      std::string_view message) const override {
    return crypto::HmacSha256(crypto::as_text(key)).mac(message);
  }

 private:
  crypto::HmacSha256 hmac_;
};

}  // namespace flashpoll::app
