#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

namespace flashpoll::archive {

/// Where bytes go.
using Sink = std::function<void(std::string_view bytes)>;
/// Where bytes come from: fills at most the span and gives how many; 0 at the end.
using Source = std::function<std::size_t(std::span<char> room)>;

/// Compresses what is written into one zstd frame with a checksum (RFC 8878). Holds about 3 MiB.
/// One thread.
class Compressor {
 public:
  explicit Compressor(Sink sink);
  ~Compressor();

  void write(std::string_view bytes);
  /// Ends the frame; nothing may be written afterwards.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Reads a source that holds one zstd frame and nothing else. Holds at most the frame's window,
/// which zstd bounds by 128 MiB (the Compressor's is 2 MiB). One thread.
class Decompressor {
 public:
  explicit Decompressor(Source source);
  ~Decompressor();

  /// The next piece, empty after the last; the view lives until the next call. Throws Corrupt when
  /// the source is cut short, damaged, no zstd, or goes on after the frame.
  [[nodiscard]] std::string_view read();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace flashpoll::archive
