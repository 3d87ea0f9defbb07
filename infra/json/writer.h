#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace flashpoll::json {

/// Appends `text` as a JSON string with its quotes, escaped exactly as RFC 8785 (JCS) says: only
/// `"`, `\` and controls, the shortest form of each. `text` must be valid UTF-8.
void append_string(std::string& out, std::string_view text);

template <typename T>
concept Spelled = requires(const T& id, std::string& out) { id.append_to(out); };

/// Appends compact JSON to a string, member by member; keeps nothing but the need of a comma.
///
///   Writer w(out);
///   w.begin_object().member("seq",
///   42).key("votes").begin_array().value(1).end_array().end_object();
///
/// Nesting is the caller's care.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  Writer& begin_object() { return open('{'); }
  Writer& end_object() { return close('}'); }
  Writer& begin_array() { return open('['); }
  Writer& end_array() { return close(']'); }
  Writer& key(std::string_view name);

  Writer& value(std::string_view text);
  Writer& value(const char* text) { return value(std::string_view(text)); }
  Writer& value(const std::string& text) { return value(std::string_view(text)); }
  /// What has an unescaped spelling of its own: an id.
  Writer& value(const Spelled auto& id) {
    separate();
    out_ += '"';
    id.append_to(out_);
    out_ += '"';
    return *this;
  }
  Writer& value(std::same_as<bool> auto flag) { return raw(flag ? "true" : "false"); }
  template <std::integral Integer>
    requires(!std::same_as<Integer, bool>)
  Writer& value(Integer number) {
    return raw(std::to_string(number));
  }
  Writer& null() { return raw("null"); }
  /// A value that is JSON already.
  Writer& raw(std::string_view json);

  template <typename T>
  Writer& member(std::string_view name, const T& content) {
    return key(name).value(content);
  }

 private:
  void separate();
  Writer& open(char bracket);
  Writer& close(char bracket);

  std::string& out_;
  bool comma_ = false;
};

}  // namespace flashpoll::json
