#pragma once

#include <span>
#include <string_view>

/// The built web page, embedded in the binary by `infra/dev/embed.cmake`: finished templates under
/// `pages/`, immutable files under `assets/` (their names carry a hash of their content).
namespace flashpoll::query {

struct WebAsset {
  std::string_view name;  ///< relative path, such as `pages/vote.html`
  std::string_view bytes;
};

/// All files in the order of their names. Any thread; lives as long as the process.
[[nodiscard]] std::span<const WebAsset> web_assets();

}  // namespace flashpoll::query
