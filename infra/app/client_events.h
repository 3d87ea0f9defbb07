#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace flashpoll::app {

/// One event of a stream.
struct StreamEvent {
  std::string type;  ///< `message` where the server named none
  std::string data;
};

/// Lines of `text/event-stream` become events, as in the HTML standard, section 9.2.6: fields
/// `event`, `data`, `id`; comments, `retry` and unknown ones are skipped. The channel is UTF-8 and
/// lines come without their ends.
class EventReader {
 public:
  /// The event that an empty line ended.
  [[nodiscard]] std::optional<StreamEvent> line(std::string_view line);

  /// Where to go on after a lost connection: the id of the last whole event, empty before one.
  [[nodiscard]] const std::string& last_id() const { return last_id_; }

  /// Forgets a half event, as after a lost connection.
  void reset();

 private:
  void field(std::string_view name, std::string_view value);

  StreamEvent event_;
  std::string id_;
  std::string last_id_;
  bool has_data_ = false;
};

}  // namespace flashpoll::app
