#include "infra/app/client_events.h"

#include <doctest/doctest.h>

#include <vector>

namespace flashpoll::app {
namespace {

std::vector<StreamEvent> read(EventReader& reader, const std::vector<std::string>& lines) {
  std::vector<StreamEvent> events;
  for (const std::string& line : lines) {
    if (auto event = reader.line(line)) events.push_back(*event);
  }
  return events;
}

TEST_CASE("fields up to an empty line are one event") {
  EventReader reader;
  const auto events = read(reader, {"retry: 2000", "", "id: 42", "event: results",
                                    "data: {\"seq\":42}", "", ":", "event: end", "data:{}", ""});
  REQUIRE(events.size() == 2);
  CHECK(events[0].type == "results");
  CHECK(events[0].data == "{\"seq\":42}");
  CHECK(events[1].type == "end");
  CHECK(events[1].data == "{}");
  CHECK(reader.last_id() == "42");
}

TEST_CASE("lines of data are joined, an unnamed event is a message, others are skipped") {
  EventReader reader;
  const auto events = read(reader, {"data: a", "data", "data:  b", "unknown: x", ""});
  REQUIRE(events.size() == 1);
  CHECK(events[0].type == "message");
  CHECK(events[0].data == "a\n\n b");
}

TEST_CASE("a half event does not survive a lost connection, nor does its id count") {
  EventReader reader;
  CHECK(read(reader, {"id: 1", "data: a", ""}).size() == 1);
  CHECK(read(reader, {"id: 2", "event: results", "data: b"}).empty());
  reader.reset();
  CHECK(reader.last_id() == "1");
  const auto events = read(reader, {"data: c", ""});
  REQUIRE(events.size() == 1);
  CHECK(events[0].type == "message");
  CHECK(events[0].data == "c");
  CHECK(reader.last_id() == "1");
}

}  // namespace
}  // namespace flashpoll::app
