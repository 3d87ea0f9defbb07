#include "infra/json/object_reader.h"

#include <algorithm>

namespace flashpoll::json {

namespace {

/// RFC 6901: `~` and `/` of a name are escaped.
std::string escaped(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string range(std::int64_t least, std::int64_t most) {
  if (most == std::numeric_limits<std::int64_t>::max()) {
    return "must be an integer of at least " + std::to_string(least);
  }
  return "must be an integer from " + std::to_string(least) + " to " + std::to_string(most);
}

}  // namespace

ObjectReader::ObjectReader(const Value& value, std::string pointer)
    : value_(value), pointer_(std::move(pointer)) {
  if (!value.is(Kind::object)) errors_.push_back({pointer_, "must be an object"});
}

const Value* ObjectReader::member(std::string_view name) {
  asked_.push_back(name);
  const Value* value = value_.find(name);
  return value == nullptr || value->is(Kind::null) ? nullptr : value;
}

const Value* ObjectReader::required(std::string_view name) {
  const Value* value = member(name);
  if (value == nullptr && value_.is(Kind::object)) fail(name, "is missing");
  return value;
}

void ObjectReader::fail(std::string_view place, std::string detail) {
  errors_.push_back({pointer_ + "/" + std::string(place), std::move(detail)});
}

std::optional<std::string> ObjectReader::as_string(const Value& value, std::string_view place) {
  if (!value.is(Kind::string)) {
    fail(place, "must be a string");
    return std::nullopt;
  }
  if (value.string().find('\0') != std::string::npos) {
    fail(place, "must not hold U+0000");
    return std::nullopt;
  }
  return value.string();
}

std::optional<std::string> ObjectReader::string(std::string_view name) {
  const Value* value = member(name);
  return value == nullptr ? std::nullopt : as_string(*value, name);
}

std::optional<std::string> ObjectReader::required_string(std::string_view name) {
  const Value* value = required(name);
  return value == nullptr ? std::nullopt : as_string(*value, name);
}

std::optional<std::int64_t> ObjectReader::as_integer(const Value* value, std::string_view name,
                                                     std::int64_t least, std::int64_t most) {
  if (value == nullptr) return std::nullopt;
  const std::optional<std::int64_t> number = value->integer();
  if (number && *number >= least && *number <= most) return number;
  fail(name, range(least, most));
  return std::nullopt;
}

std::optional<std::int64_t> ObjectReader::integer(std::string_view name, std::int64_t least,
                                                  std::int64_t most) {
  return as_integer(member(name), name, least, most);
}

std::optional<std::int64_t> ObjectReader::required_integer(std::string_view name,
                                                           std::int64_t least, std::int64_t most) {
  return as_integer(required(name), name, least, most);
}

std::optional<bool> ObjectReader::boolean(std::string_view name) {
  const Value* value = member(name);
  if (value == nullptr) return std::nullopt;
  if (value->is(Kind::boolean)) return value->boolean();
  fail(name, "must be true or false");
  return std::nullopt;
}

/// `read(element, place)` gives nothing when it has recorded an error.
template <typename Element, typename Read>
std::optional<std::vector<Element>> ObjectReader::list(const Value* value, std::string_view name,
                                                       Read read) {
  if (value == nullptr) return std::nullopt;
  if (!value->is(Kind::array)) {
    fail(name, "must be a list");
    return std::nullopt;
  }
  std::vector<Element> elements;
  for (const Value& element : value->array()) {
    const std::string place =
        std::string(name) + "/" + std::to_string(&element - value->array().data());
    std::optional<Element> one = read(element, place);
    if (one) elements.push_back(std::move(*one));
  }
  if (elements.size() != value->array().size()) return std::nullopt;
  return elements;
}

std::optional<std::vector<std::string>> ObjectReader::as_strings(const Value* value,
                                                                 std::string_view name) {
  return list<std::string>(value, name, [this](const Value& element, const std::string& place) {
    return as_string(element, place);
  });
}

std::optional<std::vector<std::int64_t>> ObjectReader::as_integers(const Value* value,
                                                                   std::string_view name) {
  return list<std::int64_t>(value, name, [this](const Value& element, const std::string& place) {
    const std::optional<std::int64_t> number = element.integer();
    if (!number) fail(place, range(0, std::numeric_limits<std::int64_t>::max()));
    return number;
  });
}

std::optional<std::vector<std::string>> ObjectReader::strings(std::string_view name) {
  return as_strings(member(name), name);
}

std::optional<std::vector<std::string>> ObjectReader::required_strings(std::string_view name) {
  return as_strings(required(name), name);
}

std::optional<std::vector<std::int64_t>> ObjectReader::integers(std::string_view name) {
  return as_integers(member(name), name);
}

std::optional<std::vector<std::int64_t>> ObjectReader::required_integers(std::string_view name) {
  return as_integers(required(name), name);
}

std::vector<FieldError> ObjectReader::unknown() const {
  std::vector<FieldError> found;
  if (!value_.is(Kind::object)) return found;
  for (const Member& member : value_.object()) {
    if (std::ranges::find(asked_, member.name) == asked_.end()) {
      found.push_back({pointer_ + "/" + escaped(member.name), "is not known"});
    }
  }
  return found;
}

}  // namespace flashpoll::json
