#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Addresses of peers and clients. Pure but for the C library's reading of addresses.
namespace flashpoll::http {

/// 16 bytes; IPv4 as `::ffff:a.b.c.d`, so one client has one spelling.
using Address = std::array<std::uint8_t, 16>;

[[nodiscard]] std::optional<Address> parse_address(std::string_view text);
[[nodiscard]] std::string format_address(const Address& address);
[[nodiscard]] bool is_ipv4(const Address& address);
[[nodiscard]] bool is_loopback(const Address& address);

/// The proxies whose X-Forwarded-For is believed.
class Proxies {
 public:
  /// Addresses or CIDR blocks. Throws Misconfigured.
  explicit Proxies(const std::vector<std::string>& blocks);

  /// The peer, unless it is a proxy: then the last address of `forwarded` (the values of
  /// X-Forwarded-For in their order) that is no proxy itself. What stands before something that is
  /// no address is not believed.
  [[nodiscard]] std::string client(std::string_view peer,
                                   const std::vector<std::string_view>& forwarded) const;

 private:
  struct Block {
    Address address;
    int bits;
  };
  [[nodiscard]] bool trusts(const Address& address) const;

  std::vector<Block> blocks_;
};

}  // namespace flashpoll::http
