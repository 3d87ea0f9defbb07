#include "infra/crypto/hash.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <functional>

#include "infra/crypto/openssl.h"
#include "infra/runtime/check.h"

namespace flashpoll::crypto {
namespace {

using MdContext = Handle<EVP_MD_CTX, EVP_MD_CTX_free>;
using MacContext = Handle<EVP_MAC_CTX, EVP_MAC_CTX_free>;

// Fetching costs twice as much as hashing a short string: done once per process.
const EVP_MD* fetched_sha256() {
  static const Handle<EVP_MD, EVP_MD_free> md(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  FP_CHECK(md, "OpenSSL knows SHA-256");
  return md.get();
}

MdContext new_md_context() {
  MdContext context(EVP_MD_CTX_new());
  FP_CHECK(context, "OpenSSL has memory");
  FP_CHECK(EVP_DigestInit_ex2(context.get(), fetched_sha256(), nullptr) == 1, "SHA-256 starts");
  return context;
}

void update(EVP_MD_CTX* context, std::string_view bytes) {
  FP_CHECK(EVP_DigestUpdate(context, bytes.data(), bytes.size()) == 1, "SHA-256 goes on");
}

Digest finish_and_restart(EVP_MD_CTX* context) {
  Digest digest;
  FP_CHECK(EVP_DigestFinal_ex(context, digest.data(), nullptr) == 1, "SHA-256 ends");
  FP_CHECK(EVP_DigestInit_ex2(context, nullptr, nullptr) == 1, "SHA-256 starts again");
  return digest;
}

MacContext new_mac_context() {
  static const Handle<EVP_MAC, EVP_MAC_free> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  FP_CHECK(mac, "OpenSSL knows HMAC");
  MacContext context(EVP_MAC_CTX_new(mac.get()));
  FP_CHECK(context, "OpenSSL has memory");
  char name[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                   OSSL_PARAM_construct_end()};
  FP_CHECK(EVP_MAC_CTX_set_params(context.get(), parameters) == 1, "HMAC takes SHA-256");
  return context;
}

const unsigned char* as_unsigned(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// A context that remembers its key: to set another costs as much as a short message.
class KeyedMac {
 public:
  /// One of the calling thread's few, usually the one that had this key before.
  static KeyedMac& of(const std::string& key) {
    thread_local std::array<KeyedMac, 16> macs;
    return macs[std::hash<std::string>()(key) % macs.size()];
  }

  ~KeyedMac() { OPENSSL_cleanse(key_.data(), key_.size()); }

  EVP_MAC_CTX* start(const std::string& key) {
    if (!context_) context_ = new_mac_context();
    const bool same = has_key_ && key == key_;
    // A null key means "the key before"; a std::string has an address even when empty.
    const unsigned char* set = same ? nullptr : as_unsigned(key);
    FP_CHECK(EVP_MAC_init(context_.get(), set, same ? 0 : key.size(), nullptr) == 1,
             "HMAC takes a key");
    if (!same) key_ = key;
    has_key_ = true;
    return context_.get();
  }

 private:
  MacContext context_;
  std::string key_;
  bool has_key_ = false;
};

}  // namespace

Digest sha256(std::string_view bytes) {
  thread_local const MdContext context = new_md_context();
  update(context.get(), bytes);
  return finish_and_restart(context.get());
}

struct Sha256::State {
  MdContext context = new_md_context();
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) { crypto::update(state_->context.get(), bytes); }

Digest Sha256::finish() { return finish_and_restart(state_->context.get()); }

HmacSha256::HmacSha256(std::string_view key) : key_(key) {}

HmacSha256::~HmacSha256() { OPENSSL_cleanse(key_.data(), key_.size()); }

Digest HmacSha256::mac(std::string_view message) const {
  EVP_MAC_CTX* context = KeyedMac::of(key_).start(key_);
  Digest digest;
  std::size_t size = 0;
  FP_CHECK(EVP_MAC_update(context, as_unsigned(message), message.size()) == 1,
           "HMAC takes a message");
  FP_CHECK(EVP_MAC_final(context, digest.data(), &size, digest.size()) == 1, "HMAC ends");
  FP_CHECK(size == digest.size(), "HMAC-SHA-256 has 32 bytes");
  return digest;
}

namespace {

void generate(std::span<std::uint8_t> out) {
  FP_CHECK(RAND_bytes(out.data(), static_cast<int>(out.size())) == 1, "there is randomness");
}

/// Random bytes for many small requests: a call of the generator costs a system call and locks,
/// whatever it gives. What was handed out is wiped.
class RandomPool {
 public:
  void take(std::span<std::uint8_t> out) {
    if (out.size() > left_) {
      generate(bytes_);
      left_ = bytes_.size();
    }
    left_ -= out.size();
    const auto given = std::span(bytes_).subspan(left_, out.size());
    std::ranges::copy(given, out.begin());
    OPENSSL_cleanse(given.data(), given.size());
  }

 private:
  std::array<std::uint8_t, 1024> bytes_{};
  std::size_t left_ = 0;
};

constexpr std::size_t kPooledBytes = 32;

}  // namespace

void random_bytes(std::span<std::uint8_t> out) {
  thread_local RandomPool pool;
  out.size() <= kPooledBytes ? pool.take(out) : generate(out);
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace flashpoll::crypto
