#include "infra/json/plain_object.h"

#include "infra/json/json.h"

namespace flashpoll::json {

namespace {

constexpr int kMaxDigits = 18;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

PlainObject::PlainObject(std::string_view text)
    : at_(text.data()), end_(text.data() + text.size()), plain_(read()) {}

bool PlainObject::read() {
  if (!take('{') || !read_member()) return false;
  while (take(',')) {
    if (!read_member()) return false;
  }
  if (!take('}')) return false;
  skip_space();
  return at_ == end_;
}

bool PlainObject::read_member() {
  if (size_ == members_.size()) return false;
  Member& member = members_[size_];
  if (!take('"') || !read_string(member.name) || !take(':') || !read_value(member)) return false;
  for (std::size_t i = 0; i < size_; ++i) {
    if (members_[i].name == member.name) return false;
  }
  ++size_;
  return true;
}

bool PlainObject::read_value(Member& member) {
  member.first = numbers_.size();
  if (take('"')) {
    member.kind = Kind::string;
    return read_string(member.text);
  }
  const bool list = take('[');
  member.kind = list ? Kind::integers : Kind::integer;
  if (!(list ? read_list() : read_integer())) return false;
  member.count = numbers_.size() - member.first;
  return true;
}

/// After the quote.
bool PlainObject::read_string(std::string_view& text) {
  const char* begin = at_;
  bool ascii = true;
  for (; at_ != end_ && *at_ != '"'; ++at_) {
    const auto byte = static_cast<unsigned char>(*at_);
    if (byte < 0x20 || byte == '\\') return false;
    ascii = ascii && byte < 0x80;
  }
  if (at_ == end_) return false;
  text = {begin, static_cast<std::size_t>(at_ - begin)};
  ++at_;
  return ascii || valid_utf8(text);
}

bool PlainObject::read_integer() {
  skip_space();
  const char* begin = at_;
  std::int64_t value = 0;
  for (; at_ != end_ && is_digit(*at_) && at_ - begin < kMaxDigits; ++at_) {
    value = value * 10 + (*at_ - '0');
  }
  if (at_ == begin || (*begin == '0' && at_ - begin > 1)) return false;
  numbers_.push_back(value);
  return true;
}

/// After the bracket.
bool PlainObject::read_list() {
  if (take(']')) return true;
  if (!read_integer()) return false;
  while (take(',')) {
    if (!read_integer()) return false;
  }
  return take(']');
}

void PlainObject::skip_space() {
  while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\r' || *at_ == '\n')) ++at_;
}

bool PlainObject::take(char c) {
  skip_space();
  if (at_ == end_ || *at_ != c) return false;
  ++at_;
  return true;
}

const PlainObject::Member* PlainObject::find(std::string_view name, Kind kind) {
  for (std::size_t i = 0; i < size_; ++i) {
    if (members_[i].name != name) continue;
    ++asked_;
    if (members_[i].kind == kind) return &members_[i];
    plain_ = false;
  }
  return nullptr;
}

std::optional<std::string_view> PlainObject::string(std::string_view name) {
  const Member* member = find(name, Kind::string);
  if (member == nullptr) return std::nullopt;
  return member->text;
}

std::optional<std::string_view> PlainObject::required_string(std::string_view name) {
  auto text = string(name);
  plain_ = plain_ && text.has_value();
  return text;
}

std::optional<std::int64_t> PlainObject::integer(std::string_view name) {
  const Member* member = find(name, Kind::integer);
  if (member == nullptr) return std::nullopt;
  return numbers_[member->first];
}

std::optional<std::span<const std::int64_t>> PlainObject::required_integers(std::string_view name) {
  const Member* member = find(name, Kind::integers);
  plain_ = plain_ && member != nullptr;
  if (member == nullptr) return std::nullopt;
  return std::span<const std::int64_t>(numbers_.data() + member->first, member->count);
}

}  // namespace flashpoll::json
