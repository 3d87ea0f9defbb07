#include "infra/http/gate.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace flashpoll::http {

namespace {

using enum ProtocolProblem;

constexpr HeadRefusal bad(std::string_view detail) { return {bad_request, detail}; }

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// By byte: every character of every head is looked up.
using CharacterSet = std::array<bool, 256>;

constexpr CharacterSet digits_letters_and(std::string_view others) {
  CharacterSet set{};
  for (std::size_t byte = 0; byte < set.size(); ++byte) {
    const char c = static_cast<char>(byte);
    set[byte] = is_digit(c) || is_alpha(c) || others.find(c) != std::string_view::npos;
  }
  return set;
}

/// With the tab, which a field may hold; bytes above ASCII are left to what reads the field.
constexpr CharacterSet all_but_controls() {
  CharacterSet set{};
  for (std::size_t byte = 0x20; byte < set.size(); ++byte) set[byte] = byte != 0x7F;
  set['\t'] = true;
  return set;
}

constexpr CharacterSet kText = all_but_controls();
constexpr CharacterSet kToken = digits_letters_and("!#$%&'*+-.^_`|~");
constexpr CharacterSet kHost = digits_letters_and(".-_~:[]%");  ///< with or without a port

bool is_text(char c) { return kText[static_cast<unsigned char>(c)]; }

bool consists_of(const CharacterSet& set, std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [&](char c) { return set[static_cast<unsigned char>(c)]; });
}

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Splits path and query; the absolute form must name the same host as the Host field.
std::optional<HeadRefusal> read_target(std::string_view target, std::string_view host, Head& head) {
  const bool visible =
      std::ranges::all_of(target, [](char c) { return c > 0x20 && c < 0x7F && c != '#'; });
  if (!visible) return bad("The target holds characters that must be percent-encoded.");
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::string_view authority = target.substr(0, target.find_first_of("/?"));
    if (!same_ignoring_case(authority, host)) return bad("The target names another host.");
    target.remove_prefix(authority.size());
  }
  if (target == "*" && head.method == "OPTIONS") {
    head.path = target;
    return std::nullopt;
  }
  if (!target.starts_with('/')) return bad("The target is no path.");
  const std::size_t mark = target.find('?');
  head.path = target.substr(0, mark);
  if (mark != std::string_view::npos) head.query = target.substr(mark + 1);
  return std::nullopt;
}

std::optional<HeadRefusal> read_content_length(std::string_view value, Head& head) {
  if (head.content_length) return bad("Content-Length stands there twice.");
  if (value.empty() || !std::ranges::all_of(value, is_digit)) {
    return bad("Content-Length is no number.");
  }
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  head.content_length = error == std::errc() ? length : std::numeric_limits<std::uint64_t>::max();
  return std::nullopt;
}

/// Takes notice of the fields that rule the connection.
std::optional<HeadRefusal> read_field(const HeadField& field, Head& head) {
  if (same_ignoring_case(field.name, "content-length")) {
    return read_content_length(field.value, head);
  }
  if (same_ignoring_case(field.name, "transfer-encoding")) {
    if (head.chunked) return bad("Transfer-Encoding stands there twice.");
    if (!same_ignoring_case(field.value, "chunked"))
      return bad("Transfer-Encoding is not chunked.");
    head.chunked = true;
  } else if (same_ignoring_case(field.name, "connection")) {
    head.close = head.close || list_holds(field.value, "close");
  } else if (same_ignoring_case(field.name, "expect")) {
    head.expect_continue = same_ignoring_case(field.value, "100-continue");
  }
  return std::nullopt;
}

std::optional<HeadRefusal> read_fields(std::string_view lines, Head& head) {
  while (!lines.empty()) {
    const std::size_t end = lines.find("\r\n");
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end + 2);
    if (line.starts_with(' ') || line.starts_with('\t')) return bad("A header field is folded.");
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
      return bad("A header field has no proper name.");
    }
    head.fields.push_back({line.substr(0, colon), trimmed(line.substr(colon + 1))});
    if (auto refusal = read_field(head.fields.back(), head)) return refusal;
  }
  if (head.chunked && head.content_length) {
    return bad("Transfer-Encoding and Content-Length exclude each other.");
  }
  return std::nullopt;
}

}  // namespace

bool same_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

bool is_token(std::string_view text) { return consists_of(kToken, text); }

bool list_holds(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (same_ignoring_case(trimmed(list.substr(0, comma)), token)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

std::optional<std::string_view> Head::field(std::string_view name) const {
  const auto found = std::ranges::find_if(
      fields, [name](const HeadField& field) { return same_ignoring_case(field.name, name); });
  if (found == fields.end()) return std::nullopt;
  return found->value;
}

std::variant<std::monostate, std::size_t, HeadRefusal> find_head(std::string_view bytes,
                                                                 std::size_t& scanned,
                                                                 const HeadLimits& limits) {
  const std::size_t end = std::min(bytes.size(), limits.header_bytes);
  while (scanned < end) {
    const std::string_view rest = bytes.substr(scanned, end - scanned);
    const auto* const stop = std::ranges::find_if_not(rest, is_text);
    const auto size = static_cast<std::size_t>(stop - rest.begin());
    scanned += size;
    const std::string_view mark = rest.substr(size, 2);
    if (mark.empty() || mark == "\r") break;
    if (mark.front() != '\r' && mark.front() != '\n') {
      return bad("The head holds a control character.");
    }
    if (mark != "\r\n") return bad("A line does not end with CR LF.");
    scanned += mark.size();
    if (bytes.substr(0, scanned).ends_with("\n\r\n")) return scanned;
  }
  const bool first_line_done = bytes.substr(0, scanned).find('\n') != std::string_view::npos;
  // A method, two blanks and the version take less than 64 bytes.
  if (!first_line_done && scanned > std::min(limits.target_bytes + 64, limits.header_bytes - 1)) {
    return HeadRefusal{target_too_long, "The target is too long."};
  }
  if (bytes.size() > limits.header_bytes) {
    return HeadRefusal{headers_too_large, "The header fields are too large."};
  }
  return std::monostate();
}

std::variant<Head, HeadRefusal> parse_head(std::string_view bytes, const HeadLimits& limits) {
  bytes.remove_suffix(2);
  const std::size_t line_end = bytes.find("\r\n");
  const std::string_view line = bytes.substr(0, line_end);
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last)
    return bad("The request line is malformed.");
  Head head;
  head.method = line.substr(0, first);
  if (!is_token(head.method)) return bad("The method is malformed.");
  if (line.substr(last + 1) != "HTTP/1.1") return bad("The version is not HTTP/1.1.");
  const std::string_view target = line.substr(first + 1, last - first - 1);
  if (target.size() > limits.target_bytes) {
    return HeadRefusal{target_too_long, "The target is too long."};
  }
  head.fields.reserve(16);
  if (auto refusal = read_fields(bytes.substr(line_end + 2), head)) return *refusal;
  const auto hosts = std::ranges::count_if(
      head.fields, [](const HeadField& field) { return same_ignoring_case(field.name, "host"); });
  const std::string_view host = head.field("host").value_or("");
  if (hosts != 1 || !consists_of(kHost, host)) return bad("There must be one Host field.");
  if (auto refusal = read_target(target, host, head)) return *refusal;
  return head;
}

}  // namespace flashpoll::http
