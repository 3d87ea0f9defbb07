#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "infra/archive/archive.h"
#include "infra/archive/zstd_stream.h"
#include "infra/crypto/hash.h"
#include "infra/json/json.h"

namespace flashpoll::archive {

/// One of these per call of `next`; the Summary is the last.
using Line = std::variant<Record, Stray, Summary>;

/// Reads an archive and checks all of it on the way. Memory does not grow with it. One thread.
/// Whatever is wrong is Corrupt, with `name`, the line, and what to make of it: cut short, damaged,
/// of another format, without its summary, with another digest or count than its lines have, with
/// something behind.
class ArchiveReader {
 public:
  /// Reads the header. `name` stands in messages.
  ArchiveReader(std::string name, Source source);

  [[nodiscard]] const Header& header() const { return header_; }
  /// Views live until the next call. Nothing may be asked after the Summary.
  [[nodiscard]] Line next();

 private:
  class Members;

  [[nodiscard]] std::string_view piece();
  [[nodiscard]] bool read_line();
  [[nodiscard]] json::Object parse_line();
  [[nodiscard]] Record record(const json::Object& line);
  [[nodiscard]] Stray stray(const json::Object& line);
  [[nodiscard]] Summary summary(const json::Object& line);
  void read_header();
  [[noreturn]] void fail(const std::string& what) const;

  std::string name_;
  Decompressor in_;
  std::string_view rest_;  ///< of the piece that was read last
  std::string line_;       ///< without its LF
  std::uint64_t number_ = 0;
  Header header_;
  crypto::Sha256 sha256_;
  std::uint64_t records_ = 0;
  std::uint64_t strays_ = 0;
  std::string key_;
  std::string value_;
};

}  // namespace flashpoll::archive
