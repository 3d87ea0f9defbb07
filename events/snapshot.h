#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "events/fold.h"

/// Snapshots of folds as bytes, for a store that knows nothing of polls. Pure: digests come from
/// the caller. One thread at a time per object.
///
///   manifest  → digests of the catalogue's chunks
///   catalogue → name, size and digest of each poll's chunks     names "c/NNNNNN"
///   poll      → its state, then its voters                      names "p/POLLIDPOLLID/NNNNNN"
///
/// Names sort as the chunks have to be read back, whatever the collation. Reading takes any bytes
/// and never trusts a length; a flipped bit anywhere is refused, because every byte is under a
/// digest. The format is of one build: another one refuses it and folds from the ledger instead.
namespace flashpoll::events {

inline constexpr std::size_t kMaxChunkBytes = 1 << 20;

using SnapshotDigest = std::array<std::uint8_t, 32>;
/// SHA-256.
using DigestOf = std::function<SnapshotDigest(std::string_view)>;

/// Why bytes cannot be used, in words for an operator; empty when they can.
using Problem = std::string;

struct Chunk {
  std::string name;   ///< at most 64 bytes
  std::string bytes;  ///< at most `kMaxChunkBytes`
};

/// Turns one poll into chunks, one per call, so that nobody is held up for a large poll.
class PollWriter {
 public:
  /// `from_offset`: the next record that the poll's fold would read; all below are in `slot`.
  /// The slot must stay as it is until the last chunk was made.
  PollWriter(PollId id, const PollSlot& slot, std::int64_t from_offset);

  /// Nothing after the last chunk.
  [[nodiscard]] std::optional<Chunk> next();

 private:
  void append_voters(std::string& bytes);
  bool encode_next_part();
  [[nodiscard]] bool voters_left() const;

  PollId id_;
  const PollSlot& slot_;
  std::int64_t from_offset_;
  std::uint32_t index_ = 0;
  bool done_ = false;
  std::size_t next_part_ = 0;
  std::string encoded_;            ///< voters of one part
  std::vector<std::size_t> ends_;  ///< where each of them ends
  std::size_t written_ = 0;        ///< how many of them are in chunks
};

/// Turns chunks back into one poll.
class PollReader {
 public:
  /// Takes the poll's next chunk. After a problem every further call tells it again.
  [[nodiscard]] Problem take(std::string_view bytes);
  [[nodiscard]] bool complete() const { return complete_; }
  /// Once, when complete.
  [[nodiscard]] std::pair<PollId, PollSlot> result() &&;

 private:
  [[nodiscard]] Problem read(std::string_view bytes);

  PollId id_;
  PollSlot slot_;
  std::uint32_t index_ = 0;
  bool complete_ = false;
  Problem problem_;
};

/// Name, size and digest of a chunk.
struct ChunkEntry {
  std::string name;
  std::uint64_t size_bytes = 0;
  SnapshotDigest digest{};
  bool operator==(const ChunkEntry&) const = default;
};

/// What was read last from a partition, to see at a start that the ledger still holds it.
struct LastRecord {
  std::int64_t offset = 0;
  SnapshotDigest digest{};
  bool operator==(const LastRecord&) const = default;
};

struct PartitionPosition {
  /// Offset of the first record that some poll of the partition still needs.
  std::int64_t needed_from = 0;
  std::optional<LastRecord> last;  ///< nothing was read yet: empty
  bool operator==(const PartitionPosition&) const = default;
};

struct Manifest {
  std::string id;  ///< random, 32 lower-case hexadecimal digits
  int reader = kReaderVersion;
  KeyFingerprint key{};
  std::vector<PartitionPosition> partitions;  ///< one per partition of the ledger
  std::vector<ChunkEntry> catalogue;
  bool operator==(const Manifest&) const = default;
};

[[nodiscard]] std::string write_manifest(const Manifest& manifest, const DigestOf& digest_of);

/// Nothing, and why in `problem`, when the bytes are damaged or of a newer build.
[[nodiscard]] std::optional<Manifest> parse_manifest(std::string_view bytes,
                                                     const DigestOf& digest_of, Problem& problem);

/// Keeps the books while polls are written, in any order.
class CatalogueWriter {
 public:
  explicit CatalogueWriter(DigestOf digest_of) : digest_of_(std::move(digest_of)) {}
  void add(const Chunk& chunk);
  /// The catalogue's chunks, and their entries for the manifest.
  [[nodiscard]] std::pair<std::vector<Chunk>, std::vector<ChunkEntry>> finish() &&;

 private:
  DigestOf digest_of_;
  std::vector<ChunkEntry> entries_;
};

/// Reads a whole snapshot: all its chunks in the order of their names.
class SnapshotReader {
 public:
  using Visit = std::function<void(PollId, PollSlot)>;
  SnapshotReader(Manifest manifest, DigestOf digest_of, Visit visit);

  /// Checks the next chunk against its digest; a poll that is complete goes to `visit`. After a
  /// problem the whole snapshot is unusable and every further call tells it again.
  [[nodiscard]] Problem take(std::string_view name, std::string_view bytes);
  /// After the last chunk: whether one is missing.
  [[nodiscard]] Problem finish();

 private:
  [[nodiscard]] Problem take_checked(const ChunkEntry& entry, std::string_view bytes);
  [[nodiscard]] const ChunkEntry* expected() const;

  Manifest manifest_;
  DigestOf digest_of_;
  Visit visit_;
  std::vector<ChunkEntry> polls_;
  std::size_t next_ = 0;  ///< counts the chunks taken, the catalogue's first
  PollReader poll_;
  bool within_poll_ = false;
  Problem problem_;
};

}  // namespace flashpoll::events
