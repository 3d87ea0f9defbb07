#include "infra/app/client_address.h"

#include <algorithm>
#include <array>

#include "events/slug.h"
#include "infra/runtime/fault.h"

namespace flashpoll::app {

namespace {

constexpr std::array<std::string_view, 3> kFolders = {"/p/", "/manage/", "/v1/polls/"};

[[noreturn]] void refuse(std::string_view text) {
  // Without its fragment: that may be a token.
  const std::string shown(text.substr(0, text.find('#')));
  throw Misconfigured("'" + shown +
                      "' names no poll: an id of 12 characters, the name of its page "
                      "or a URL is expected");
}

/// The segment after one of the folders; empty when there is none.
std::string_view name_in(std::string_view path) {
  for (const std::string_view folder : kFolders) {
    if (!path.starts_with(folder)) continue;
    const std::string_view rest = path.substr(folder.size());
    return rest.substr(0, rest.find('/'));
  }
  return {};
}

}  // namespace

PollAddress parse_poll_address(std::string_view text) {
  PollAddress address;
  std::string_view name = text;
  if (const std::size_t scheme = text.find("://"); scheme != std::string_view::npos) {
    const std::string_view url = text.substr(0, text.find_first_of("?#"));
    const std::size_t path = std::min(url.find('/', scheme + 3), url.size());
    address.server = url.substr(0, path);
    name = name_in(url.substr(path));
  }
  const auto poll = events::parse_page_name(name);
  if (!poll) refuse(text);
  address.poll = *poll;
  return address;
}

}  // namespace flashpoll::app
