#pragma once

#include <memory>

/// Ownership of OpenSSL's C objects. Include only from infra/crypto/*.cc.
namespace flashpoll::crypto {

template <auto Free>
struct FreeWith {
  template <typename T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};

/// `Handle<EVP_MD_CTX, EVP_MD_CTX_free>`: frees the object when it goes.
template <typename T, auto Free>
using Handle = std::unique_ptr<T, FreeWith<Free>>;

}  // namespace flashpoll::crypto
