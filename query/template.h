#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Page templates: text with holes. `{{name}}` takes a text, escaped for HTML; `{{{name}}}` takes a
/// fragment that the server built. Pure. The contract of the names: query/web/pages/README.md.
namespace flashpoll::query {

/// `text` with `&`, `<`, `>`, `"` and `'` as character references.
[[nodiscard]] std::string escape_html(std::string_view text);

class Template {
 public:
  using Value = std::pair<std::string_view, std::string>;

  /// Copies the text. A hole that is not closed is a bug of the build.
  explicit Template(std::string_view text);

  /// Every hole must have a value; values without a hole are left out.
  [[nodiscard]] std::string render(const std::vector<Value>& values) const;

  /// Names of the holes, in their order.
  [[nodiscard]] std::vector<std::string> holes() const;

 private:
  struct Piece {
    std::string text;  ///< before the hole
    std::string hole;  ///< empty: the end
    bool fragment = false;
  };
  std::vector<Piece> pieces_;
};

}  // namespace flashpoll::query
