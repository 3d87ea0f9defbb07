#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "infra/archive/archive_reader.h"
#include "infra/archive/archive_writer.h"

/// Archives in memory.
namespace flashpoll::archive::test {

/// A source that gives at most `most` bytes at a time.
inline Source source_of(std::string bytes, std::size_t most = 7) {
  return [bytes = std::move(bytes), most, at = std::size_t{0}](std::span<char> room) mutable {
    const std::size_t count = std::min({most, room.size(), bytes.size() - at});
    std::copy_n(bytes.data() + at, count, room.data());
    at += count;
    return count;
  };
}

inline std::string compressed(std::string_view text) {
  std::string bytes;
  Compressor out([&bytes](std::string_view piece) { bytes += piece; });
  out.write(text);
  out.finish();
  return bytes;
}

inline std::string decompressed(const std::string& bytes) {
  std::string text;
  Decompressor in(source_of(bytes, bytes.size()));
  for (auto piece = in.read(); !piece.empty(); piece = in.read()) text += piece;
  return text;
}

/// What a reader gave, all of it.
struct Contents {
  Header header;
  std::vector<std::string> lines;  ///< `time key value`, or `stray partition:offset cause`
  Summary summary;
};

inline Contents contents_of(const std::string& bytes, std::size_t most = 7) {
  ArchiveReader reader("a.zst", source_of(bytes, most));
  Contents contents{.header = reader.header(), .lines = {}, .summary = {}};
  while (true) {
    const Line line = reader.next();
    if (const auto* record = std::get_if<Record>(&line)) {
      contents.lines.push_back(std::to_string(record->time_ms) + " " + std::string(record->key) +
                               " " + std::string(record->value));
    } else if (const auto* stray = std::get_if<Stray>(&line)) {
      contents.lines.push_back("stray " + std::to_string(stray->partition) + ":" +
                               std::to_string(stray->offset) + " " + std::string(stray->cause));
    } else {
      contents.summary = std::get<Summary>(line);
      return contents;
    }
  }
}

/// Three records and a stray.
inline std::string sample() {
  std::string bytes;
  ArchiveWriter writer({.key_fingerprint = "0011223344556677", .ends = {3, 0, 1}},
                       [&bytes](std::string_view piece) { bytes += piece; });
  writer.record({1'770'000'000'123, "AAAA", R"({"type":"a.b.v1","poll":"AAAA"})"});
  writer.record({0, "", ""});
  writer.stray({"not_json", 0, 2, 5, "k\xFF", std::string_view("\0\x01\xFE", 3)});
  writer.record({253'402'300'799'999, "\"\\\n\x1f\x7f", "é\u2028👍🏽\xEF\xBF\xBF"});
  (void)writer.finish({.keys = 3, .history = "aa", .results = "bb", .sha256 = {}});
  return bytes;
}

}  // namespace flashpoll::archive::test
