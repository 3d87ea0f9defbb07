#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

/// The client's side of a bulk ingestion, without any I/O.
namespace flashpoll::app {

/// A line of the file.
struct IngestLine {
  std::uint64_t number = 0;  ///< from 1
  std::uint64_t end = 0;     ///< bytes of the file up to and with it
  std::string text;          ///< as it is sent, without the line end
};

/// What the server says of a line.
struct IngestAnswer {
  enum class Verdict : std::uint8_t { counted, repeat, refused };
  std::uint64_t line = 0;  ///< of the connection, from 1
  Verdict verdict = Verdict::counted;
  std::string code;  ///< refused only
};
/// Nothing for the last line, which sums up. Throws std::runtime_error: this is no FlashPoll.
[[nodiscard]] std::optional<IngestAnswer> parse_ingest_answer(std::string_view text);

struct IngestTally {
  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;  ///< of the file, up to the last line that has its answer
  std::uint64_t counted = 0;
  std::uint64_t repeats = 0;
  std::map<std::string, std::uint64_t> refused;  ///< by code
  [[nodiscard]] std::uint64_t refused_lines() const { return lines - counted - repeats; }
};

/// The lines between being read and having their final answer. They are sent in their order, and
/// once more when the connection went, or when the server could not judge them then.
class IngestWindow {
 public:
  explicit IngestWindow(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  [[nodiscard]] bool has_room() const { return bytes_ < max_bytes_; }
  [[nodiscard]] bool empty() const { return to_send_.empty() && sent_.empty(); }
  void add(IngestLine line);

  /// The next line to be sent, which counts as sent; null: none. Lives until it is answered.
  [[nodiscard]] const IngestLine* send();

  enum class Settled : std::uint8_t { done, refused, again };
  /// The answer to the line that was sent first; it stays `last` until the next one.
  Settled answer(const IngestAnswer& answer);
  [[nodiscard]] const IngestLine& last() const { return last_; }
  /// The connection is gone, a new one counts its lines from 1: what has no answer is sent again.
  void lost();

  [[nodiscard]] const IngestTally& tally() const { return tally_; }

 private:
  const std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::deque<IngestLine> to_send_;
  std::deque<IngestLine> sent_;
  std::uint64_t answered_ = 0;  ///< on this connection
  IngestLine last_;
  IngestTally tally_;
};

}  // namespace flashpoll::app
