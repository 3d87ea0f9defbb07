#pragma once

#include <map>
#include <string>

namespace flashpoll::runtime {

struct FileValue {
  std::string text;
  std::string origin;  ///< `file /etc/flashpoll.toml line 3`
};

/// Values of a TOML file by their dotted names; an array is joined by commas. Throws Misconfigured
/// when the file cannot be read or parsed, or holds a value that no setting can take.
[[nodiscard]] std::map<std::string, FileValue> read_config_file(const std::string& path);

}  // namespace flashpoll::runtime
