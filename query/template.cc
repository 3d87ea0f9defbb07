#include "query/template.h"

#include <algorithm>

#include "events/check.h"

namespace flashpoll::query {

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

Template::Template(std::string_view text) {
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t open = text.find("{{", at);
    if (open == std::string_view::npos) {
      pieces_.push_back({std::string(text.substr(at)), {}, false});
      return;
    }
    const bool fragment = text.substr(open).starts_with("{{{");
    const std::string_view end = fragment ? "}}}" : "}}";
    const std::size_t name = open + end.size();
    const std::size_t close = text.find(end, name);
    FP_CHECK(close != std::string_view::npos, "a template's hole is closed");
    pieces_.push_back({std::string(text.substr(at, open - at)),
                       std::string(text.substr(name, close - name)), fragment});
    at = close + end.size();
  }
}

std::string Template::render(const std::vector<Value>& values) const {
  std::string out;
  for (const Piece& piece : pieces_) {
    out += piece.text;
    if (piece.hole.empty()) continue;
    const auto value = std::find_if(values.begin(), values.end(),
                                    [&](const Value& v) { return v.first == piece.hole; });
    FP_CHECK(value != values.end(), "a template's hole has a value");
    out += piece.fragment ? value->second : escape_html(value->second);
  }
  return out;
}

std::vector<std::string> Template::holes() const {
  std::vector<std::string> names;
  for (const Piece& piece : pieces_) {
    if (!piece.hole.empty()) names.push_back(piece.hole);
  }
  return names;
}

}  // namespace flashpoll::query
