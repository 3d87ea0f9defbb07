#include "events/ids.h"

#include <algorithm>
#include <cstring>

#include "events/check.h"

namespace flashpoll::events {

namespace {

constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::size_t kPollIdSize = 12;
constexpr std::size_t kUuidSize = 36;

/// Value of each character in an alphabet; -1 where it is not part of it.
using Values = std::array<std::int8_t, 256>;

constexpr Values values_of(std::string_view alphabet) {
  Values values{};
  values.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}

/// Both digits of each byte.
constexpr auto kHexPairs = [] {
  std::array<std::array<char, 2>, 256> pairs{};
  for (std::size_t byte = 0; byte < pairs.size(); ++byte) {
    pairs[byte] = {kHex[byte >> 4], kHex[byte & 15]};
  }
  return pairs;
}();

constexpr Values kCrockfordValues = values_of(kCrockford);
constexpr Values kBase64UrlValues = values_of(kBase64Url);
constexpr Values kHexValues = values_of(kHex);

int value_of(const Values& values, char c) { return values[static_cast<unsigned char>(c)]; }

/// The four characters of the low 20 bits, the first of them lowest.
std::uint32_t four_crockford(std::uint64_t bits) {
  std::uint32_t word = 0;
  for (int i = 0; i < 4; ++i) {
    word = word << 8 | static_cast<unsigned char>(kCrockford[bits >> 5 * i & 31]);
  }
  return word;
}

/// A dash stands before the bytes 4, 6, 8 and 10.
constexpr bool dash_before(std::size_t byte) {
  return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

/// Of bytes that come as words of four, the first of them lowest.
class Murmur2 {
 public:
  explicit Murmur2(std::uint32_t size) : hash_(0x9747b28c ^ size) {}

  void add(std::uint32_t word) {
    word *= kFactor;
    word ^= word >> 24;
    hash_ = hash_ * kFactor ^ word * kFactor;
  }

  /// The last `size` bytes, fewer than four.
  [[nodiscard]] std::uint32_t end(std::uint32_t rest, std::size_t size) {
    if (size > 0) hash_ = (hash_ ^ rest) * kFactor;
    hash_ ^= hash_ >> 13;
    hash_ *= kFactor;
    return hash_ ^ hash_ >> 15;
  }

 private:
  static constexpr std::uint32_t kFactor = 0x5bd1e995;
  std::uint32_t hash_;
};

std::uint32_t partition_of_hash(std::uint32_t hash, std::uint32_t partition_count) {
  FP_CHECK(partition_count > 0, "a ledger has partitions");
  return (hash & 0x7fffffff) % partition_count;
}

void set_version(Uuid& uuid, std::uint8_t version) {
  uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0F) | version << 4);
  uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3F) | 0x80);
}

}  // namespace

std::optional<PollId> PollId::parse(std::string_view text) {
  if (text.size() != kPollIdSize) return std::nullopt;
  std::uint64_t bits = 0;
  for (const char c : text) {
    const int value = value_of(kCrockfordValues, c);
    if (value < 0) return std::nullopt;
    bits = bits << 5 | static_cast<std::uint64_t>(value);
  }
  return PollId(bits);
}

void PollId::append_to(std::string& out) const {
  std::array<char, kPollIdSize> text;
  std::size_t at = 0;
  for (const int shift : {40, 20, 0}) {
    const std::uint32_t word = four_crockford(bits_ >> shift);
    for (int i = 0; i < 4; ++i) text[at++] = static_cast<char>(word >> 8 * i);
  }
  out.append(text.data(), text.size());
}

std::string PollId::text() const {
  std::string out;
  append_to(out);
  return out;
}

std::optional<VoterTag> VoterTag::parse(std::string_view text) {
  VoterTag tag;
  if (!parse_base64url(text, tag.bytes.data(), tag.bytes.size())) return std::nullopt;
  return tag;
}

void VoterTag::append_to(std::string& out) const {
  append_base64url(out, bytes.data(), bytes.size());
}

std::string VoterTag::text() const {
  std::string out;
  append_to(out);
  return out;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != kUuidSize) return std::nullopt;
  Uuid uuid;
  std::size_t at = 0;
  for (std::size_t i = 0; i < uuid.bytes.size(); ++i) {
    if (dash_before(i) && text[at++] != '-') return std::nullopt;
    const int high = value_of(kHexValues, text[at++]);
    const int low = value_of(kHexValues, text[at++]);
    if (high < 0 || low < 0) return std::nullopt;
    uuid.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return uuid;
}

std::optional<Uuid> Uuid::parse_any_case(std::string_view text) {
  if (text.size() != kUuidSize) return std::nullopt;
  std::array<char, kUuidSize> lower;
  std::transform(text.begin(), text.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  return parse({lower.data(), lower.size()});
}

void Uuid::append_to(std::string& out) const {
  std::array<char, kUuidSize> text;
  char* at = text.data();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (dash_before(i)) *at++ = '-';
    std::memcpy(at, kHexPairs[bytes[i]].data(), 2);
    at += 2;
  }
  out.append(text.data(), text.size());
}

std::string Uuid::text() const {
  std::string out;
  append_to(out);
  return out;
}

Uuid uuid_v7(TimeMs at, const std::array<std::uint8_t, 10>& random) {
  FP_CHECK(at >= 0 && at <= kMaxTimeMs, "a time fits into 48 bits");
  Uuid uuid;
  for (std::size_t i = 0; i < 6; ++i) uuid.bytes[i] = static_cast<std::uint8_t>(at >> (40 - 8 * i));
  std::copy(random.begin(), random.end(), uuid.bytes.begin() + 6);
  set_version(uuid, 7);
  return uuid;
}

Uuid uuid_v8(const std::uint8_t* sixteen_bytes) {
  Uuid uuid;
  std::copy_n(sixteen_bytes, uuid.bytes.size(), uuid.bytes.begin());
  set_version(uuid, 8);
  return uuid;
}

void append_base64url(std::string& out, const std::uint8_t* bytes, std::size_t size) {
  const std::size_t before = out.size();
  out.resize(before + (size * 8 + 5) / 6);
  char* at = out.data() + before;
  const auto put = [&at](std::uint32_t three, int characters) {
    for (int i = 0; i < characters; ++i) *at++ = kBase64Url[three >> (18 - 6 * i) & 63];
  };
  std::size_t i = 0;
  for (; i + 3 <= size; i += 3) put(bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2], 4);
  if (size - i == 2) put(bytes[i] << 16 | bytes[i + 1] << 8, 3);
  if (size - i == 1) put(bytes[i] << 16, 2);
}

bool parse_base64url(std::string_view text, std::uint8_t* bytes, std::size_t size) {
  if (text.size() != (size * 8 + 5) / 6) return false;
  std::uint32_t pending = 0;
  int bits = 0;
  for (const char c : text) {
    const int value = value_of(kBase64UrlValues, c);
    if (value < 0) return false;
    pending = pending << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      *bytes++ = static_cast<std::uint8_t>(pending >> bits);
    }
  }
  return (pending & ((1U << bits) - 1)) == 0;
}

std::uint32_t partition_of(std::string_view key, std::uint32_t partition_count) {
  const auto byte = [&](std::size_t i) -> std::uint32_t {
    return static_cast<unsigned char>(key[i]);
  };
  Murmur2 hash(static_cast<std::uint32_t>(key.size()));
  std::size_t i = 0;
  for (; i + 4 <= key.size(); i += 4) {
    hash.add(byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16 | byte(i + 3) << 24);
  }
  std::uint32_t rest = 0;
  for (std::size_t j = i; j < key.size(); ++j) rest |= byte(j) << 8 * (j - i);
  return partition_of_hash(hash.end(rest, key.size() - i), partition_count);
}

std::uint32_t partition_of(PollId key, std::uint32_t partition_count) {
  Murmur2 hash(kPollIdSize);
  for (const int shift : {40, 20, 0}) hash.add(four_crockford(key.bits() >> shift));
  return partition_of_hash(hash.end(0, 0), partition_count);
}

}  // namespace flashpoll::events
