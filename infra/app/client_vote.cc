#include "infra/app/client.h"
#include "infra/app/client_choice.h"
#include "infra/app/client_options.h"
#include "infra/app/client_result.h"
#include "infra/app/client_voter.h"
#include "infra/app/terminal.h"
#include "infra/json/writer.h"
#include "infra/runtime/fault.h"

namespace flashpoll::app {

namespace {

struct VoterOptions : ClientOptions {
  std::string poll;
  std::string voter;
};

struct VoteOptions : VoterOptions {
  std::vector<std::string> choices;
  std::string by = "either";
  bool change = false;
};

template <class Options>
std::shared_ptr<Options> add_voter_options(CLI::App& command) {
  auto options = add_options<Options>(command);
  command.add_option("poll", options->poll, "id, name of the page, or URL")->required();
  command.add_option("--voter", options->voter, "in a poll with trusted voters: the voter's name");
  return options;
}

ChoiceKind kind_of(const std::string& by) {
  if (by == "number") return ChoiceKind::number;
  return by == "text" ? ChoiceKind::text : ChoiceKind::either;
}

/// The voter's latest counted entry, which the next one has to name: a ballot, or the retraction of
/// one. Empty when there is none.
std::optional<std::int64_t> latest_entry(const Target& target, const Voter& voter) {
  try {
    const Answer mine = target.api.send_safely(
        {.path = target.path("/votes/mine") + voter.query(), .headers = voter.headers()});
    return need_integer(mine.value, "seq");
  } catch (const Refused& refused) {
    if (refused.code() != "no_such_vote") throw;
    const json::Value* latest = refused.member("latest");
    return latest == nullptr ? std::nullopt : latest->integer();
  }
}

Call vote_call(const Target& target, const Voter& voter, const std::vector<std::size_t>& choices,
               std::optional<std::int64_t> replaces) {
  std::string body;
  json::Writer out(body);
  out.begin_object().key("choices").begin_array();
  for (const std::size_t choice : choices) out.value(choice);
  out.end_array().member("vote_id", fresh_uuid());
  if (replaces) out.member("replaces", *replaces);
  if (!voter.name().empty()) out.member("voter", voter.name());
  out.end_object();
  return {.method = "POST",
          .path = target.path("/votes"),
          .headers = voter.headers(),
          .body = std::move(body)};
}

/// The same call is sent until its outcome is known: its vote_id makes it one vote.
Answer cast(const Target& target, const Voter& voter, const std::vector<std::size_t>& choices,
            bool change) {
  const auto replaces = change ? latest_entry(target, voter) : std::nullopt;
  return target.api.send_safely(vote_call(target, voter, choices, replaces));
}

Answer cast_as_known(const Target& target, Voter& voter, const std::vector<std::size_t>& choices,
                     bool change) {
  try {
    return cast(target, voter, choices, change);
  } catch (const Refused& refused) {
    // A server with another secret than it had: nobody can have voted with that token there.
    if (refused.code() != "credential_invalid" || !voter.is_kept()) throw;
  }
  voter.renew();
  return cast(target, voter, choices, change);
}

void report(const VoteOptions& options, const Answer& answer, const Picture& picture,
            const std::vector<std::size_t>& choices) {
  if (options.json()) return print(answer.body + "\n");
  std::string text;
  for (const std::size_t choice : choices) {
    text += (text.empty() ? "" : ", ") + printable(picture.choices[choice]);
  }
  const std::string entry = std::to_string(need_integer(answer.value, "seq"));
  print("counted: " + text + ", entry " + entry + " at " + need_text(answer.value, "at") + "\n");
}

void vote(const VoteOptions& options) {
  const Target target = target_of(options, options.poll);
  const json::Value poll = target.api.send_safely({.path = target.path()}).value;
  const Picture picture = picture_of_poll(poll);
  const auto choices = resolve_choices(picture.choices, options.choices, kind_of(options.by));
  Voter voter(options, target, poll, options.voter);
  const Answer answer = cast_as_known(target, voter, choices, options.change);
  report(options, answer, picture, choices);
  target.api.await_shown(target.poll, need_integer(answer.value, "seq"));
}

void retract(const VoterOptions& options) {
  const Target target = target_of(options, options.poll);
  const json::Value poll = target.api.send_safely({.path = target.path()}).value;
  const Voter voter(options, target, poll, options.voter);
  const Answer mine = target.api.send_safely(
      {.path = target.path("/votes/mine") + voter.query(), .headers = voter.headers()});
  const std::string seq = std::to_string(need_integer(mine.value, "seq"));
  const Answer answer =
      target.api.send_safely({.method = "DELETE",
                              .path = target.path("/votes/") + seq + voter.query(),
                              .headers = voter.headers()});
  if (options.json()) {
    print(answer.body + "\n");
  } else {
    print("taken back: the ballot of entry " + seq + ", entry " +
          std::to_string(need_integer(answer.value, "seq")) + " at " +
          need_text(answer.value, "at") + "\n");
  }
  target.api.await_shown(target.poll, need_integer(answer.value, "seq"));
}

}  // namespace

void add_vote(CLI::App& parent) {
  CLI::App* command = parent.add_subcommand("vote", "Cast a ballot");
  auto options = add_voter_options<VoteOptions>(*command);
  add_texts(*command, "choice", options->choices, "one or more: numbers from 1, or exact texts");
  command->add_option("--by", options->by, "read each choice as: number, text, either")
      ->check(CLI::IsMember({"number", "text", "either"}));
  command->add_flag("--change", options->change, "replace the ballot that stands");
  on_call(*command, options, vote);
}

void add_retract(CLI::App& parent) {
  CLI::App* command = parent.add_subcommand("retract", "Take the own ballot back");
  on_call(*command, add_voter_options<VoterOptions>(*command), retract);
}

}  // namespace flashpoll::app
