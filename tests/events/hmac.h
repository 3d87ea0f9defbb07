#pragma once

#include "infra/app/secret_mac.h"

namespace flashpoll::events::testing {

/// The port as the product has it: the real HMAC-SHA-256.
using Hmac = app::SecretMac;

}  // namespace flashpoll::events::testing
