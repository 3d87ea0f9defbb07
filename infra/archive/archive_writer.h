#pragma once

#include <string>

#include "infra/archive/archive.h"
#include "infra/archive/zstd_stream.h"
#include "infra/crypto/hash.h"

namespace flashpoll::archive {

/// Writes an archive. Memory does not grow with it. One thread; throws what the sink throws.
class ArchiveWriter {
 public:
  ArchiveWriter(const Header& header, Sink sink);

  /// Key and value must be valid UTF-8, the value at most 64 KiB; times lie after 1970.
  void record(const Record& record);
  void stray(const Stray& stray);
  /// The last line. Takes `keys`, `history` and `results`; gives all of it.
  Summary finish(Summary summary);

 private:
  void put_line();

  Compressor out_;
  crypto::Sha256 sha256_;
  std::string line_;  ///< reused
  std::uint64_t records_ = 0;
  std::uint64_t strays_ = 0;
};

}  // namespace flashpoll::archive
