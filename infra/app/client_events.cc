#include "infra/app/client_events.h"

#include <utility>

namespace flashpoll::app {

std::optional<StreamEvent> EventReader::line(std::string_view line) {
  if (!line.empty()) {
    const std::size_t colon = line.find(':');
    if (colon == 0) return std::nullopt;
    std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    field(line.substr(0, colon), value);
    return std::nullopt;
  }
  last_id_ = id_;
  const bool whole = std::exchange(has_data_, false);
  StreamEvent event = std::exchange(event_, {});
  if (!whole) return std::nullopt;
  if (event.type.empty()) event.type = "message";
  return event;
}

void EventReader::field(std::string_view name, std::string_view value) {
  if (name == "event") {
    event_.type = value;
  } else if (name == "data") {
    if (has_data_) event_.data += '\n';
    event_.data += value;
    has_data_ = true;
  } else if (name == "id" && value.find('\0') == std::string_view::npos) {
    id_ = value;
  }
}

void EventReader::reset() {
  event_ = {};
  id_ = last_id_;
  has_data_ = false;
}

}  // namespace flashpoll::app
