#include "events/snapshot.h"

#include <algorithm>

#include "events/check.h"
#include "events/snapshot_bytes.h"

namespace flashpoll::events {

namespace {

constexpr std::string_view kManifestMagic = "FPM\x01";
constexpr std::string_view kCatalogueMagic = "FPC\x01";
constexpr std::size_t kIdSize = 32;
constexpr std::uint64_t kMaxOffset = ~std::uint64_t{0} >> 1;

void write_entry(ByteWriter& out, const ChunkEntry& entry) {
  out.text(entry.name);
  out.number(entry.size_bytes);
  out.bytes(entry.digest);
}

ChunkEntry read_entry(ByteReader& in) {
  ChunkEntry entry;
  entry.name = in.text();
  entry.size_bytes = in.number(kMaxChunkBytes);
  in.bytes(entry.digest);
  return entry;
}

void write_position(ByteWriter& out, const PartitionPosition& position) {
  out.number(static_cast<std::uint64_t>(position.needed_from));
  out.byte(position.last ? 1 : 0);
  if (!position.last) return;
  out.number(static_cast<std::uint64_t>(position.last->offset));
  out.bytes(position.last->digest);
}

PartitionPosition read_position(ByteReader& in) {
  PartitionPosition position;
  position.needed_from = static_cast<std::int64_t>(in.number(kMaxOffset));
  if (in.number(1) == 0) return position;
  LastRecord& last = position.last.emplace();
  last.offset = static_cast<std::int64_t>(in.number(kMaxOffset));
  in.bytes(last.digest);
  return position;
}

std::string catalogue_name(std::size_t index) {
  FP_CHECK(index < 1'000'000, "a chunk's number has six digits");
  const std::string digits = std::to_string(index);
  return "c/" + std::string(6 - digits.size(), '0') + digits;
}

ChunkEntry entry_of(const Chunk& chunk, const DigestOf& digest_of) {
  return {chunk.name, chunk.bytes.size(), digest_of(chunk.bytes)};
}

/// The body of a manifest, once its digest was found right.
bool read_manifest(ByteReader& in, Manifest& manifest) {
  manifest.id = in.text();
  in.bytes(manifest.key);
  const std::size_t partitions = in.count();
  for (std::size_t i = 0; i < partitions && in.ok(); ++i) {
    manifest.partitions.push_back(read_position(in));
  }
  const std::size_t chunks = in.count();
  for (std::size_t i = 0; i < chunks && in.ok(); ++i) manifest.catalogue.push_back(read_entry(in));
  return in.ok() && in.at_end() && manifest.id.size() == kIdSize;
}

}  // namespace

std::string write_manifest(const Manifest& manifest, const DigestOf& digest_of) {
  FP_CHECK(manifest.id.size() == kIdSize, "a snapshot's id has 32 digits");
  std::string bytes(kManifestMagic);
  ByteWriter out(bytes);
  out.number(static_cast<std::uint64_t>(manifest.reader));
  out.text(manifest.id);
  out.bytes(manifest.key);
  out.number(manifest.partitions.size());
  for (const PartitionPosition& position : manifest.partitions) write_position(out, position);
  out.number(manifest.catalogue.size());
  for (const ChunkEntry& entry : manifest.catalogue) write_entry(out, entry);
  out.bytes(digest_of(bytes));
  return bytes;
}

std::optional<Manifest> parse_manifest(std::string_view bytes, const DigestOf& digest_of,
                                       Problem& problem) {
  problem = "the snapshot's manifest is damaged";
  constexpr std::size_t kDigestSize = std::tuple_size_v<SnapshotDigest>;
  if (bytes.size() < kDigestSize) return std::nullopt;
  const std::string_view body = bytes.substr(0, bytes.size() - kDigestSize);
  const SnapshotDigest digest = digest_of(body);
  if (!std::equal(digest.begin(), digest.end(), bytes.end() - kDigestSize,
                  [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); })) {
    return std::nullopt;
  }
  ByteReader in(body);
  in.literal(kManifestMagic);
  Manifest manifest;
  manifest.reader = static_cast<int>(in.number(1 << 30));
  if (!in.ok() || manifest.reader > kReaderVersion) {
    problem = "the snapshot was written by another, newer build";
    return std::nullopt;
  }
  if (!read_manifest(in, manifest)) return std::nullopt;
  problem.clear();
  return manifest;
}

void CatalogueWriter::add(const Chunk& chunk) { entries_.push_back(entry_of(chunk, digest_of_)); }

std::pair<std::vector<Chunk>, std::vector<ChunkEntry>> CatalogueWriter::finish() && {
  std::sort(entries_.begin(), entries_.end(),
            [](const ChunkEntry& a, const ChunkEntry& b) { return a.name < b.name; });
  std::pair<std::vector<Chunk>, std::vector<ChunkEntry>> result;
  auto& [chunks, entries] = result;
  constexpr std::size_t kLargestEntry = 128;
  for (const ChunkEntry& entry : entries_) {
    if (chunks.empty() || chunks.back().bytes.size() + kLargestEntry > kMaxChunkBytes) {
      chunks.push_back({catalogue_name(chunks.size()), std::string(kCatalogueMagic)});
    }
    ByteWriter out(chunks.back().bytes);
    write_entry(out, entry);
  }
  for (const Chunk& chunk : chunks) entries.push_back(entry_of(chunk, digest_of_));
  return result;
}

SnapshotReader::SnapshotReader(Manifest manifest, DigestOf digest_of, Visit visit)
    : manifest_(std::move(manifest)), digest_of_(std::move(digest_of)), visit_(std::move(visit)) {}

const ChunkEntry* SnapshotReader::expected() const {
  const std::size_t catalogue = manifest_.catalogue.size();
  if (next_ < catalogue) return &manifest_.catalogue[next_];
  return next_ - catalogue < polls_.size() ? &polls_[next_ - catalogue] : nullptr;
}

Problem SnapshotReader::take(std::string_view name, std::string_view bytes) {
  if (!problem_.empty()) return problem_;
  const ChunkEntry* entry = expected();
  if (entry == nullptr || entry->name != name) {
    problem_ = "the snapshot's chunks are not those of its catalogue, at " + std::string(name);
  } else if (entry->size_bytes != bytes.size() || entry->digest != digest_of_(bytes)) {
    problem_ = "the snapshot's chunk " + std::string(name) + " is damaged";
  } else {
    problem_ = take_checked(*entry, bytes);
  }
  return problem_;
}

Problem SnapshotReader::take_checked(const ChunkEntry& entry, std::string_view bytes) {
  const bool of_catalogue = next_++ < manifest_.catalogue.size();
  if (of_catalogue) {
    ByteReader in(bytes);
    in.literal(kCatalogueMagic);
    while (in.ok() && !in.at_end()) polls_.push_back(read_entry(in));
    return in.ok() ? Problem() : "the snapshot's catalogue is damaged at " + entry.name;
  }
  if (const Problem problem = poll_.take(bytes); !problem.empty()) {
    return problem + ", at " + entry.name;
  }
  within_poll_ = !poll_.complete();
  if (within_poll_) return {};
  auto [id, slot] = std::exchange(poll_, PollReader()).result();
  visit_(id, std::move(slot));
  return {};
}

Problem SnapshotReader::finish() {
  if (problem_.empty() && (expected() != nullptr || within_poll_)) {
    problem_ = "the snapshot is incomplete";
  }
  return problem_;
}

}  // namespace flashpoll::events
