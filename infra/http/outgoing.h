#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "infra/http/asio.h"

namespace flashpoll::http {

/// What a connection is about to send: a head and a body, in one system call where the kernel takes
/// both, resumed where it stopped otherwise. I/O thread.
class Outgoing {
 public:
  enum class Result : std::uint8_t { done, blocked, failed };

  void set(std::string head, std::string body);
  /// The body is shared with other connections.
  void set(std::string head, std::shared_ptr<const std::string> body);

  /// Writes what the kernel takes now. Not to be called again after `failed`.
  [[nodiscard]] Result write(Socket& socket);
  /// Whether the last `write` moved anything.
  [[nodiscard]] bool progressed() const { return progressed_; }

 private:
  [[nodiscard]] std::string_view body() const { return shared_ ? *shared_ : owned_; }
  void clear();

  std::string head_;
  std::string owned_;
  std::shared_ptr<const std::string> shared_;
  std::size_t sent_ = 0;
  bool progressed_ = false;
};

}  // namespace flashpoll::http
