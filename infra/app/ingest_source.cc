#include "infra/app/ingest_source.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "infra/runtime/fault.h"

namespace flashpoll::app {

namespace {

constexpr std::size_t kReadBytes = 256 * 1024;
/// Longer than any that the server takes, so that it says so.
constexpr std::size_t kMaxLineBytes = 128 * 1024;
constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kMember = "\"vote_id\"";

/// Where the value of the member begins: a string is no name unless a colon follows.
std::size_t find_vote_id(std::string_view line) {
  for (std::size_t at = line.find(kMember); at != std::string_view::npos;
       at = line.find(kMember, at + 1)) {
    const std::size_t colon = line.find_first_not_of(kSpace, at + kMember.size());
    if (colon == std::string_view::npos || line[colon] != ':') continue;
    return std::min(line.find_first_not_of(kSpace, colon + 1), line.size());
  }
  return std::string_view::npos;
}

}  // namespace

std::string with_vote_id(std::string_view line, const events::Uuid& id) {
  constexpr std::string_view kNull = "null";
  const std::string quoted = '"' + id.text() + '"';
  std::string out(line);
  if (const std::size_t value = find_vote_id(line); value != std::string_view::npos) {
    // `null` counts as absent.
    if (line.substr(value).starts_with(kNull)) out.replace(value, kNull.size(), quoted);
    return out;
  }
  const std::size_t end = line.find_last_not_of(kSpace);
  if (end == std::string_view::npos || line[end] != '}') return out;
  const std::size_t before = line.substr(0, end).find_last_not_of(kSpace);
  if (before == std::string_view::npos) return out;
  out.insert(end, (line[before] == '{' ? "" : ",") + std::string(kMember) + ":" + quoted);
  return out;
}

events::Uuid LineIds::next(std::string_view line) {
  bytes_.assign(crypto::as_text(before_)).append(line);
  before_ = crypto::sha256(bytes_);
  return events::uuid_v8(before_.data());
}

IngestSource::IngestSource(const std::string& path)
    : descriptor_(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)),
      lines_(kMaxLineBytes),
      buffer_(kReadBytes, '\0') {
  struct stat about{};
  if (descriptor_ < 0 || ::fstat(descriptor_, &about) != 0) {
    throw Misconfigured("cannot read \"" + path + "\": " + std::strerror(errno));
  }
  if (S_ISREG(about.st_mode)) size_ = static_cast<std::uint64_t>(about.st_size);
}

IngestSource::~IngestSource() {
  if (descriptor_ != STDIN_FILENO) ::close(descriptor_);
}

std::optional<IngestLine> IngestSource::next() {
  auto line = lines_.next();
  while (!line && read_more()) line = lines_.next();
  if (!line) return std::nullopt;
  const events::Uuid id = ids_.next(line->text);
  taken_bytes_ += line->text.size() + 1;
  // Too long for this client too: any other line of that length gets the server's same answer.
  std::string text =
      line->too_long ? std::string(kMaxLineBytes, ' ') : with_vote_id(line->text, id);
  return IngestLine{++number_, taken_bytes_, std::move(text)};
}

/// False when nothing is there now, or nothing more at all.
bool IngestSource::read_more() {
  pollfd waited{descriptor_, POLLIN, 0};
  if (ended_ || (!size_ && ::poll(&waited, 1, 0) == 0)) return false;
  const ssize_t size = ::read(descriptor_, buffer_.data(), buffer_.size());
  if (size < 0 && errno != EINTR) {
    throw std::runtime_error(std::string("the file cannot be read: ") + std::strerror(errno));
  }
  ended_ = size == 0;
  if (ended_) lines_.end();
  if (size > 0) lines_.add({buffer_.data(), static_cast<std::size_t>(size)});
  return true;
}

}  // namespace flashpoll::app
