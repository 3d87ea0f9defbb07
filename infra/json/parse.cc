#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>

#include "infra/json/json.h"

namespace flashpoll::json {

namespace {

/// Builds the value from the reader's events. An open container is the last element of its parent,
/// which cannot grow meanwhile, so pointers to the open ones stay good.
class Builder {
 public:
  using Ch = char;

  bool Null() { return put(Value()) != nullptr; }
  bool Bool(bool value) { return put(Value(value)) != nullptr; }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    return put(Value(Value::Number{std::string(text, size)})) != nullptr;
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    std::string string(text, size);
    return checked(string) && put(Value(std::move(string))) != nullptr;
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    std::string name(text, size);
    if (!checked(name)) return false;
    open_.back()->object().push_back({std::move(name), Value()});
    return true;
  }
  bool StartObject() { return start(Value(Object())); }
  bool StartArray() { return start(Value(Array())); }
  bool EndObject(rapidjson::SizeType) {
    if (has_duplicate(open_.back()->object())) return refuse("An object has a member twice.");
    open_.pop_back();
    return true;
  }
  bool EndArray(rapidjson::SizeType) {
    open_.pop_back();
    return true;
  }
  // Numbers come as text, see kFlags.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }

  [[nodiscard]] const char* refusal() const { return refusal_; }
  [[nodiscard]] Value take() { return std::move(root_); }

 private:
  bool refuse(const char* why) {
    refusal_ = why;
    return false;
  }

  /// RapidJSON checks the bytes of the text, but lets a lone `\udc00` through.
  bool checked(const std::string& string) {
    return valid_utf8(string) || refuse("A string has a lone surrogate.");
  }

  bool start(Value container) {
    if (open_.size() >= static_cast<std::size_t>(kMaxDepth)) {
      return refuse("The nesting is too deep.");
    }
    open_.push_back(put(std::move(container)));
    return true;
  }

  Value* put(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Value& parent = *open_.back();
    if (parent.is(Kind::array)) return &parent.array().emplace_back(std::move(value));
    Value& slot = parent.object().back().value;
    slot = std::move(value);
    return &slot;
  }

  /// Sorted, not compared pairwise: a body may have tens of thousands of members.
  static bool has_duplicate(const Object& object) {
    std::vector<std::string_view> names;
    names.reserve(object.size());
    for (const Member& member : object) names.push_back(member.name);
    std::ranges::sort(names);
    return std::ranges::adjacent_find(names) != names.end();
  }

  Value root_;
  std::vector<Value*> open_;
  const char* refusal_ = nullptr;
};

constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                            rapidjson::kParseNumbersAsStringsFlag;

}  // namespace

std::variant<Value, ParseError> parse(std::string_view text) {
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::Reader reader;
  Builder builder;
  const rapidjson::ParseResult result = reader.Parse<kFlags>(stream, builder);
  if (builder.refusal() != nullptr) return ParseError{result.Offset(), builder.refusal()};
  if (!result) return ParseError{result.Offset(), rapidjson::GetParseError_En(result.Code())};
  // It takes U+0000 for the end of the text.
  if (stream.Tell() != text.size()) {
    return ParseError{stream.Tell(), "Something follows the value."};
  }
  return builder.take();
}

}  // namespace flashpoll::json
