#pragma once

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include "infra/http/http.h"

/// Heads of answers as bytes. Pure.
namespace flashpoll::http {

enum class Framing : std::uint8_t { length, chunked, until_close };

struct HeadFrame {
  Framing framing = Framing::length;
  std::size_t length = 0;  ///< of the body, when that is the framing
  bool close = false;      ///< say that the connection ends with this answer
  std::string_view common_fields =
      {};  ///< whole lines for every answer: Date and the configured ones
};

/// Appends status line, fields and the empty line. False when a header of the response is no proper
/// field, as nothing may smuggle a line into an answer; `out` is of no use then.
[[nodiscard]] bool append_head(std::string& out, const Response& response, const HeadFrame& frame);

/// The answer with its head written but for what differs from time to time. Its fields must be
/// proper ones.
[[nodiscard]] ReadyResponse ready_response(Response response);
void append_head(std::string& out, const ReadyResponse& ready, const HeadFrame& frame);

/// `Name: value` with its line end; false when it is no proper field.
[[nodiscard]] bool append_field(std::string& out, std::string_view name, std::string_view value);

/// `Sun, 06 Nov 1994 08:49:37 GMT`: IMF-fixdate of RFC 9110.
[[nodiscard]] std::string http_date(std::time_t time);

[[nodiscard]] std::string_view reason_phrase(int status);

}  // namespace flashpoll::http
