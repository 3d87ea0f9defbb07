#include "infra/archive/archive_reader.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "infra/crypto/encoding.h"
#include "infra/runtime/check.h"
#include "infra/runtime/fault.h"

namespace flashpoll::archive {

/// The members of a line, which must come as the writer writes them.
class ArchiveReader::Members {
 public:
  Members(const ArchiveReader& reader, const json::Object& line) : reader_(reader), line_(line) {}

  [[nodiscard]] const json::Value& next(std::string_view name) {
    if (at_ == line_.size() || line_[at_].name != name) {
      reader_.fail("\"" + std::string(name) + "\" is expected");
    }
    return line_[at_++].value;
  }

  [[nodiscard]] std::int64_t number(std::string_view name) {
    const auto number = next(name).integer();
    if (!number) reader_.fail("\"" + std::string(name) + "\" is no whole number");
    return *number;
  }

  [[nodiscard]] const std::string& text(std::string_view name) {
    const json::Value& value = next(name);
    if (!value.is(json::Kind::string)) reader_.fail("\"" + std::string(name) + "\" is no text");
    return value.string();
  }

  /// What `add_bytes` wrote.
  void bytes(const std::string& name) {
    const bool plain = at_ < line_.size() && line_[at_].name == name;
    (void)text(plain ? name : name + "_base64url");
  }

  void end() const {
    if (at_ != line_.size()) reader_.fail("\"" + line_[at_].name + "\" is not expected");
  }

 private:
  const ArchiveReader& reader_;
  const json::Object& line_;
  std::size_t at_ = 0;
};

ArchiveReader::ArchiveReader(std::string name, Source source)
    : name_(std::move(name)), in_(std::move(source)) {
  read_header();
}

Line ArchiveReader::next() {
  if (!read_line()) fail("the last line, with the digest, is missing: the export never ended");
  const json::Object line = parse_line();
  const std::string_view first = line.empty() ? std::string_view() : line.front().name;
  if (first == "records") return summary(line);
  sha256_.update(line_);
  sha256_.update("\n");
  if (first == "key") return record(line);
  if (first == "stray") return stray(line);
  fail("it is no line of an export");
}

Record ArchiveReader::record(const json::Object& line) {
  ++records_;
  Members members(*this, line);
  key_ = members.text("key");
  const std::int64_t time_ms = members.number("time_ms");
  value_ = members.text("value");
  members.end();
  return {time_ms, key_, value_};
}

Stray ArchiveReader::stray(const json::Object& line) {
  ++strays_;
  Members members(*this, line);
  Stray stray;
  key_ = members.text("stray");
  stray.cause = key_;
  stray.partition = static_cast<std::uint32_t>(members.number("partition"));
  stray.offset = members.number("offset");
  stray.time_ms = members.number("time_ms");
  members.bytes("key");
  (void)members.number("key_bytes");
  members.bytes("value");
  (void)members.number("value_bytes");
  members.end();
  return stray;
}

Summary ArchiveReader::summary(const json::Object& line) {
  Members members(*this, line);
  Summary summary;
  summary.records = static_cast<std::uint64_t>(members.number("records"));
  summary.strays = static_cast<std::uint64_t>(members.number("strays"));
  summary.keys = static_cast<std::uint64_t>(members.number("keys"));
  summary.history = members.text("history");
  summary.results = members.text("results");
  summary.sha256 = members.text("sha256");
  members.end();
  if (summary.sha256 != crypto::hex_encode(crypto::as_text(sha256_.finish()))) {
    fail("the SHA-256 of the lines before is another one: the file was changed");
  }
  if (summary.records != records_ || summary.strays != strays_) {
    fail("it counts other lines than there are");
  }
  if (read_line()) fail("something follows the last line");
  return summary;
}

void ArchiveReader::read_header() {
  if (!read_line()) fail("it is empty");
  const json::Object line = parse_line();
  Members members(*this, line);
  if (line.empty() || line.front().name != "flashpoll_ledger") {
    fail("it is no export of a ledger");
  }
  const std::int64_t format = members.number("flashpoll_ledger");
  if (format != kFormat) {
    fail("it is written in format " + std::to_string(format) + ", this build reads format " +
         std::to_string(kFormat) + ": use the build that it was exported with, or a newer one");
  }
  header_.key_fingerprint = members.text("key_fingerprint");
  const json::Value& ends = members.next("ends");
  if (!ends.is(json::Kind::array) || ends.array().empty()) fail("\"ends\" is no list of offsets");
  for (const json::Value& end : ends.array()) {
    const auto offset = end.integer();
    if (!offset) fail("\"ends\" is no list of offsets");
    header_.ends.push_back(*offset);
  }
  members.end();
  sha256_.update(line_);
  sha256_.update("\n");
}

std::string_view ArchiveReader::piece() {
  try {
    return in_.read();
  } catch (const Corrupt& fault) {
    fail(fault.what());
  }
}

bool ArchiveReader::read_line() {
  line_.clear();
  while (true) {
    if (rest_.empty()) rest_ = piece();
    if (rest_.empty()) {
      if (!line_.empty()) fail("its last line has no end");
      return false;
    }
    const std::size_t end = rest_.find('\n');
    line_.append(rest_.substr(0, end));
    if (line_.size() >= kMaxLineBytes) fail("a line is too long for an export");
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (end == std::string_view::npos) continue;
    ++number_;
    return true;
  }
}

json::Object ArchiveReader::parse_line() {
  auto parsed = json::parse(line_);
  if (const auto* error = std::get_if<json::ParseError>(&parsed)) fail("no JSON: " + error->what);
  auto& value = std::get<json::Value>(parsed);
  if (!value.is(json::Kind::object)) fail("it is no line of an export");
  return std::move(value.object());
}

void ArchiveReader::fail(const std::string& what) const {
  throw Corrupt("the file " + name_ + " is refused, " +
                (number_ == 0 ? "at its start" : "line " + std::to_string(number_)) + ": " + what);
}

}  // namespace flashpoll::archive
