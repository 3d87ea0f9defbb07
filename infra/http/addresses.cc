#include "infra/http/addresses.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "infra/runtime/fault.h"

namespace flashpoll::http {

namespace {

constexpr std::array<std::uint8_t, 12> kIpv4Prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

bool same_bits(const Address& a, const Address& b, int bits) {
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (!std::equal(a.begin(), a.begin() + bits / 8, b.begin())) return false;
  if (bits % 8 == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xFF << (8 - bits % 8));
  return (a[whole] & mask) == (b[whole] & mask);
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

/// The elements of all lists, the last one first.
std::vector<std::string_view> backwards(const std::vector<std::string_view>& lists) {
  std::vector<std::string_view> elements;
  for (std::string_view list : lists) {
    while (true) {
      const std::size_t comma = std::min(list.find(','), list.size());
      elements.push_back(trimmed(list.substr(0, comma)));
      if (comma == list.size()) break;
      list.remove_prefix(comma + 1);
    }
  }
  std::ranges::reverse(elements);
  return elements;
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  const std::string zero_ended(text);
  Address address{};
  if (inet_pton(AF_INET6, zero_ended.c_str(), address.data()) == 1) return address;
  std::ranges::copy(kIpv4Prefix, address.begin());
  if (inet_pton(AF_INET, zero_ended.c_str(), address.data() + 12) == 1) return address;
  return std::nullopt;
}

bool is_ipv4(const Address& address) {
  return std::equal(kIpv4Prefix.begin(), kIpv4Prefix.end(), address.begin());
}

bool is_loopback(const Address& address) {
  if (is_ipv4(address)) return address[12] == 127;
  Address one{};
  one[15] = 1;
  return address == one;
}

std::string format_address(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool ipv4 = is_ipv4(address);
  inet_ntop(ipv4 ? AF_INET : AF_INET6, address.data() + (ipv4 ? 12 : 0), text.data(), text.size());
  return text.data();
}

Proxies::Proxies(const std::vector<std::string>& blocks) {
  for (const std::string& block : blocks) {
    const std::size_t slash = block.find('/');
    const auto address = parse_address(std::string_view(block).substr(0, slash));
    int bits = 128;
    bool good = address.has_value();
    if (good && slash != std::string::npos) {
      const char* end = block.data() + block.size();
      const auto [stop, error] = std::from_chars(block.data() + slash + 1, end, bits);
      const int most = is_ipv4(*address) ? 32 : 128;
      good = error == std::errc() && stop == end && bits >= 0 && bits <= most;
      bits += 128 - most;
    }
    if (!good) throw Misconfigured("trusted proxy '" + block + "' is no address or CIDR block");
    blocks_.push_back({*address, bits});
  }
}

bool Proxies::trusts(const Address& address) const {
  return std::ranges::any_of(blocks_, [&address](const Block& block) {
    return same_bits(address, block.address, block.bits);
  });
}

std::string Proxies::client(std::string_view peer,
                            const std::vector<std::string_view>& forwarded) const {
  std::optional<Address> client = parse_address(peer);
  if (!client) return std::string(peer);
  for (const std::string_view hop : backwards(forwarded)) {
    if (!trusts(*client)) break;
    const std::optional<Address> before = parse_address(hop);
    if (!before) break;
    client = before;
  }
  return format_address(*client);
}

}  // namespace flashpoll::http
