#include "query/words.h"

#include "infra/json/json.h"
#include "infra/runtime/fault.h"
#include "infra/runtime/time.h"

namespace flashpoll::query {

namespace {

void flatten(const json::Object& object, const std::string& prefix,
             std::map<std::string, std::string, std::less<>>& out) {
  for (const json::Member& member : object) {
    if (member.value.is(json::Kind::object)) {
      flatten(member.value.object(), prefix + member.name + ".", out);
    } else if (member.value.is(json::Kind::string)) {
      out.emplace(prefix + member.name, member.value.string());
    }
  }
}

/// `2026-11-20 12:30 UTC`.
std::string minute_of(events::TimeMs at) {
  std::string time = runtime::format_time(at).substr(0, 16);
  time[10] = ' ';
  return time + " UTC";
}

}  // namespace

Words::Words(std::string_view json) {
  const auto parsed = json::parse(json);
  const auto* value = std::get_if<json::Value>(&parsed);
  if (value == nullptr || !value->is(json::Kind::object)) {
    throw Misconfigured("the pages' words.json is no JSON object");
  }
  flatten(value->object(), "", texts_);
}

std::string_view Words::text(std::string_view name) const {
  const auto found = texts_.find(name);
  return found == texts_.end() ? std::string_view() : found->second;
}

std::string Words::timed(std::string_view name, events::TimeMs at) const {
  constexpr std::string_view kTime = "{time}";
  std::string out(text(name));
  const std::size_t hole = out.find(kTime);
  return hole == std::string::npos ? out : out.replace(hole, kTime.size(), minute_of(at));
}

}  // namespace flashpoll::query
