#include "command/receipt_json.h"

#include "infra/json/writer.h"
#include "infra/runtime/time.h"

namespace flashpoll::command {

std::string vote_json(const Receipt& receipt) {
  std::string out;
  json::Writer json(out);
  json.begin_object()
      .member("poll", receipt.poll.text())
      .member("seq", receipt.seq.value)
      .member("at", runtime::format_time(receipt.at));
  const events::Standing& vote = *receipt.vote;
  if (vote.retracted) {
    json.member("retracted", vote.replaces->value);
  } else {
    json.member("vote_id", vote.vote_id.text()).key("choices").begin_array();
    for (const std::uint8_t choice : vote.choices) json.value(static_cast<int>(choice));
    json.end_array();
    if (vote.replaces) json.member("replaces", vote.replaces->value);
  }
  json.end_object();
  return out;
}

}  // namespace flashpoll::command
