#include "command/receipt_json.h"

#include "infra/json/writer.h"
#include "infra/runtime/time.h"

namespace flashpoll::command {

namespace {

/// Of a ballot with a few choices.
constexpr std::size_t kUsualSize = 192;

}  // namespace

std::string vote_json(const Receipt& receipt) {
  std::string out;
  out.reserve(kUsualSize);
  json::Writer json(out);
  json.begin_object()
      .member("poll", receipt.poll)
      .member("seq", receipt.seq.value)
      .member("at", runtime::format_time(receipt.at));
  const events::Standing& vote = *receipt.vote;
  if (vote.retracted) {
    json.member("retracted", vote.replaces->value);
  } else {
    json.member("vote_id", vote.vote_id).key("choices").begin_array();
    for (const std::uint8_t choice : vote.choices) json.value(static_cast<int>(choice));
    json.end_array();
    if (vote.replaces) json.member("replaces", vote.replaces->value);
  }
  json.end_object();
  return out;
}

}  // namespace flashpoll::command
