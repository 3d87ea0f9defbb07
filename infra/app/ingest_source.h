#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "command/line_cutter.h"
#include "events/ids.h"
#include "infra/app/ingest_window.h"
#include "infra/crypto/hash.h"

namespace flashpoll::app {

/// The line with this id as its `vote_id`, unless it has one. What is no object stays as it is.
[[nodiscard]] std::string with_vote_id(std::string_view line, const events::Uuid& id);

/// The ids of a file's lines: each is the digest of the whole file up to and with the line. So the
/// same content has the same ids wherever it is read from, and more lines change none before them.
class LineIds {
 public:
  /// The next line's.
  [[nodiscard]] events::Uuid next(std::string_view line);

 private:
  crypto::Digest before_{};
  std::string bytes_;  ///< scratch
};

/// The lines of a file, or of standard input. One thread. Throws std::runtime_error.
class IngestSource {
 public:
  /// `-`: standard input. Throws Misconfigured when the file cannot be read.
  explicit IngestSource(const std::string& path);
  ~IngestSource();
  IngestSource(const IngestSource&) = delete;
  IngestSource& operator=(const IngestSource&) = delete;

  /// The next line, with an id; nothing when the source has none now, or no more at all.
  [[nodiscard]] std::optional<IngestLine> next();
  [[nodiscard]] bool ended() const { return ended_; }
  /// Nothing where nobody knows.
  [[nodiscard]] std::optional<std::uint64_t> size() const { return size_; }

 private:
  [[nodiscard]] bool read_more();

  int descriptor_;
  std::optional<std::uint64_t> size_;
  command::LineCutter lines_;
  LineIds ids_;
  std::string buffer_;
  std::uint64_t number_ = 0;
  std::uint64_t taken_bytes_ = 0;
  bool ended_ = false;
};

}  // namespace flashpoll::app
