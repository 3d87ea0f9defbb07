#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "infra/json/writer.h"

/// The records of a ledger as one portable file: zstd over lines of JSON (UTF-8, each ended by LF).
///
///   file   = header *(record / stray) summary
///   header = {"flashpoll_ledger":1,"key_fingerprint":HEX,"ends":[N,…]}
///   record = {"key":TEXT,"time_ms":N,"value":TEXT}
///   stray  = {"stray":CAUSE,"partition":N,"offset":N,"time_ms":N,
///             "key":TEXT,"key_bytes":N,"value":TEXT,"value_bytes":N}
///   summary = {"records":N,"strays":N,"keys":N,"history":HEX,"results":HEX,"sha256":HEX}
///
/// Members stand in this order, without white space, strings escaped as in RFC 8785: the same
/// ledger up to the same ends is the same file. Records come partition by partition, each in the
/// order of its offsets; keys and values are valid UTF-8 and are kept to the byte. A stray is a
/// record without effect, listed and not to be imported: its key and value may be any bytes, so
/// they stand under `key_base64url` and `value_base64url` where they are no UTF-8, and at most
/// `kMaxStrayBytes` of each; `…_bytes` is the whole size.
///
/// `ends` are the ends of the source's partitions when the export began. `sha256` is over all lines
/// before the summary. `history` is what two ledgers of different partitions compare: for each key
/// a chain d = SHA-256(d ‖ record line with its LF), from 32 zero bytes on; then SHA-256 over the
/// lines `KEY RECORDS HEX`, each ended by LF, sorted by key. `results` is the exporter's own.
namespace flashpoll::archive {

inline constexpr std::int64_t kFormat = 1;
inline constexpr std::size_t kMaxLineBytes = 1 << 20;
inline constexpr std::size_t kMaxStrayBytes = 64 << 10;

struct Header {
  std::string key_fingerprint;     ///< of the secret that the records were made with, hexadecimal
  std::vector<std::int64_t> ends;  ///< one per partition of the source
};

struct Record {
  std::int64_t time_ms = 0;
  std::string_view key;
  std::string_view value;
};

/// What digests are taken of, and what the file holds: the line with its LF.
void append_line(std::string& out, const Record& record);

struct Stray {
  std::string_view cause;
  std::uint32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t time_ms = 0;
  std::string_view key;  ///< any bytes; read back: empty
  std::string_view value;
};

struct Summary {
  std::uint64_t records = 0;
  std::uint64_t strays = 0;
  std::uint64_t keys = 0;
  std::string history;  ///< hexadecimal, as the other two
  std::string results;
  std::string sha256;
};

/// A member `name` with the bytes as text, or `name_base64url` when they are no UTF-8.
void add_bytes(json::Writer& out, const std::string& name, std::string_view bytes);

}  // namespace flashpoll::archive
