#include "infra/http/head_writer.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "infra/http/gate.h"
#include "infra/runtime/check.h"

namespace flashpoll::http {

namespace {

constexpr std::array<std::pair<int, std::string_view>, 33> kReasons = {{
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
}};

/// Room for a status line, the type and the length of a body.
constexpr std::size_t kBegin = 160;
/// Room for `Connection: close` and the empty line.
constexpr std::size_t kEnd = 24;

/// Answers that have no body by their status, and say no length either.
bool is_bodiless(int status) { return status == 204 || status == 304; }

void append_status(std::string& out, int status) {
  out.append("HTTP/1.1 ").append(std::to_string(status)).append(" ");
  out.append(reason_phrase(status)).append("\r\n");
}

bool append_fields(std::string& out, const Response& response, Framing framing,
                   std::size_t length) {
  if (!response.content_type.empty() && !append_field(out, "Content-Type", response.content_type)) {
    return false;
  }
  for (const auto& [name, value] : response.headers) {
    if (!append_field(out, name, value)) return false;
  }
  if (framing == Framing::chunked) {
    out.append("Transfer-Encoding: chunked\r\n");
  } else if (framing == Framing::length && !is_bodiless(response.status)) {
    out.append("Content-Length: ").append(std::to_string(length)).append("\r\n");
  }
  return true;
}

std::size_t room_for(const std::vector<Header>& headers) {
  std::size_t room = 0;
  for (const auto& [name, value] : headers) room += name.size() + value.size() + 4;
  return room;
}

void append_end(std::string& out, const HeadFrame& frame) {
  if (frame.close || frame.framing == Framing::until_close) out.append("Connection: close\r\n");
  out.append("\r\n");
}

}  // namespace

std::string_view reason_phrase(int status) {
  const auto found = std::ranges::find(kReasons, status, &std::pair<int, std::string_view>::first);
  return found == kReasons.end() ? std::string_view("Status") : found->second;
}

bool append_field(std::string& out, std::string_view name, std::string_view value) {
  const bool clean = std::ranges::none_of(value, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
  });
  if (!clean || !is_token(name)) return false;
  out.append(name).append(": ").append(value).append("\r\n");
  return true;
}

bool append_head(std::string& out, const Response& response, const HeadFrame& frame) {
  out.reserve(out.size() + kBegin + frame.common_fields.size() + room_for(response.headers) + kEnd);
  append_status(out, response.status);
  out.append(frame.common_fields);
  if (!append_fields(out, response, frame.framing, frame.length)) return false;
  append_end(out, frame);
  return true;
}

ReadyResponse ready_response(Response response) {
  ReadyResponse ready{std::move(response), {}};
  append_status(ready.head, ready.response.status);
  const bool proper =
      append_fields(ready.head, ready.response, Framing::length, ready.response.body.size());
  FP_CHECK(proper, "a ready answer has proper fields");
  return ready;
}

void append_head(std::string& out, const ReadyResponse& ready, const HeadFrame& frame) {
  out.reserve(ready.head.size() + frame.common_fields.size() + kEnd);
  out.append(ready.head).append(frame.common_fields);
  append_end(out, frame);
}

std::string http_date(std::time_t time) {
  static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed",
                                                       "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc{};
  gmtime_r(&time, &utc);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                kDays.at(static_cast<std::size_t>(utc.tm_wday)), utc.tm_mday,
                kMonths.at(static_cast<std::size_t>(utc.tm_mon)), utc.tm_year + 1900, utc.tm_hour,
                utc.tm_min, utc.tm_sec);
  return text.data();
}

}  // namespace flashpoll::http
