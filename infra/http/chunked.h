#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace flashpoll::http {

/// Reads a chunked body (RFC 9112, section 7.1), piece by piece. Extensions and trailers are
/// bounded, checked for controls and ignored. Pure.
class ChunkedDecoder {
 public:
  enum class State : std::uint8_t { more, done, bad, too_large };

  explicit ChunkedDecoder(std::size_t limit) : limit_(limit) {}

  /// Takes from the front of `in` what belongs to the body, and appends the content to `body`.
  /// Anything but `more` is final.
  [[nodiscard]] State feed(std::string_view& in, std::string& body);

 private:
  enum class Expect : std::uint8_t { size, data, data_end, trailer };
  enum class Line : std::uint8_t { partial, whole, bad };

  static constexpr std::size_t kMaxLine = 256;
  static constexpr std::size_t kMaxTrailers = 4096;

  Line take_line(std::string_view& in);
  State read_size(std::size_t taken);
  State step(std::string_view& in, std::string& body);
  State step_line(std::size_t taken);

  const std::size_t limit_;
  Expect expect_ = Expect::size;
  std::size_t left_ = 0;  ///< of the present chunk
  std::size_t trailer_bytes_ = 0;
  std::string line_;
};

/// The line before so many bytes of a chunk, which a line end follows; 0: the last chunk.
[[nodiscard]] std::string chunk_size_line(std::size_t size);

}  // namespace flashpoll::http
