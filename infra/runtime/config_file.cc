#include "infra/runtime/config_file.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include "infra/runtime/fault.h"

namespace flashpoll::runtime {
namespace {

using FileValues = std::map<std::string, FileValue>;

// Also for an element of an array, in which a comma would come out as two elements.
std::string scalar_text(const toml::node& node, const std::string& name,
                        const std::string& origin) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* integer = node.as_integer()) return std::to_string(integer->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  throw Misconfigured(
      fmt::format("{} ({}): a text, an integer, true or false is expected", name, origin));
}

std::string array_text(const toml::array& array, const std::string& name,
                       const std::string& origin) {
  std::string joined;
  for (const toml::node& element : array) {
    const std::string text = scalar_text(element, name, origin);
    if (text.empty() || text.find(',') != std::string::npos) {
      throw Misconfigured(
          fmt::format("{} ({}): an element is empty or holds a comma", name, origin));
    }
    if (!joined.empty()) joined += ',';
    joined += text;
  }
  return joined;
}

void flatten(const toml::table& table, const std::string& prefix, const std::string& path,
             FileValues& values) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const auto* inner = node.as_table()) {
      flatten(*inner, name + ".", path, values);
      continue;
    }
    const std::string origin = fmt::format("file {} line {}", path, node.source().begin.line);
    const auto* array = node.as_array();
    values[name] = {
        array != nullptr ? array_text(*array, name, origin) : scalar_text(node, name, origin),
        origin};
  }
}

}  // namespace

FileValues read_config_file(const std::string& path) {
  try {
    FileValues values;
    flatten(toml::parse_file(path), "", path, values);
    return values;
  } catch (const toml::parse_error& error) {
    throw Misconfigured(
        fmt::format("file {} line {}: {}", path, error.source().begin.line, error.description()));
  }
}

}  // namespace flashpoll::runtime
