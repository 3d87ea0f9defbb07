#include <cstdio>

#include "infra/app/client.h"
#include "infra/app/client_options.h"
#include "infra/app/client_tokens.h"
#include "infra/app/terminal.h"
#include "infra/json/writer.h"

namespace flashpoll::app {

namespace {

struct OpenOptions : ClientOptions {
  std::string question;
  std::vector<std::string> choices;
  std::string closes_in;
  std::string closes_at;
  std::string opens_at;
  int min = 1;
  int max = 1;
  std::string results = "live";
  std::string eligibility = "open";
  bool allow_change = false;
  std::string save_token;
};

std::string body_of(const OpenOptions& options) {
  std::string body;
  json::Writer out(body);
  out.begin_object().member("question", options.question).key("choices").begin_array();
  for (const std::string& choice : options.choices) out.value(choice);
  out.end_array();
  if (!options.closes_in.empty()) {
    out.member("closes_in", checked_seconds("--closes-in", options.closes_in));
  }
  if (!options.closes_at.empty()) {
    out.member("closes_at", checked_time("--closes-at", options.closes_at));
  }
  if (!options.opens_at.empty()) {
    out.member("opens_at", checked_time("--opens-at", options.opens_at));
  }
  out.member("min", options.min).member("max", options.max).member("results", options.results);
  out.member("eligibility", options.eligibility).member("allow_change", options.allow_change);
  out.end_object();
  return body;
}

std::string report(const OpenOptions& options, const Api& api, const json::Value& opened) {
  std::string text = "poll    " + need_text(opened, "id") + "\n";
  text += "closes  " + need_text(opened, "closes_at") + "\n";
  text += "page    " + api.server() + need_text(opened, "url") + "\n";
  if (!options.save_token.empty())
    return text + "manage  --token-file " + options.save_token + "\n";
  text += "manage  " + api.server() + need_text(opened, "manage_url") + "\n";
  return text + "token   " + need_text(opened, "manage_token") + "\n";
}

/// The token is shown this once: when the file cannot be written, it goes to stderr instead.
void save_token(const OpenOptions& options, const std::string& token) {
  if (options.save_token.empty()) return;
  try {
    write_secret(options.save_token, token + "\n");
  } catch (const std::exception&) {
    std::fprintf(stderr, "manage token of the poll that was opened: %s\n", token.c_str());
    throw;
  }
}

void open_poll(const OpenOptions& options) {
  const Api api = api_of(options);
  const Call call{.method = "POST",
                  .path = "/v1/polls",
                  .headers = {{"Idempotency-Key", fresh_uuid()}},
                  .body = body_of(options)};
  const Answer answer = api.send_safely(call);
  save_token(options, need_text(answer.value, "manage_token"));
  print(options.json() ? answer.body + "\n" : report(options, api, answer.value));
  api.await_shown(need_text(answer.value, "id"), 0);
}

void add_rules(CLI::App& command, OpenOptions& options) {
  command.add_option("--min", options.min, "choices that a ballot needs [1]");
  command.add_option("--max", options.max, "choices that a ballot may have [1]");
  command
      .add_option("--results", options.results, "who sees counts: live, after_vote, after_close")
      ->check(CLI::IsMember({"live", "after_vote", "after_close"}));
  command.add_option("--eligibility", options.eligibility, "who votes: open, codes, trusted")
      ->check(CLI::IsMember({"open", "codes", "trusted"}));
  command.add_flag("--allow-change", options.allow_change, "a ballot may be changed and retracted");
}

}  // namespace

void add_poll_open(CLI::App& parent) {
  CLI::App* command = parent.add_subcommand("open", "Open a poll");
  auto options = add_options<OpenOptions>(*command);
  command->add_option("question", options->question, "the question")->required();
  add_texts(*command, "choice", options->choices, "2 to 20 of them");
  auto* length = command->add_option("--closes-in", options->closes_in, "such as 15m [1h]");
  command->add_option("--closes-at", options->closes_at, "such as 2026-11-20T12:00:00Z")
      ->excludes(length);
  command->add_option("--opens-at", options->opens_at, "when votes begin to count [at once]");
  add_rules(*command, *options);
  command->add_option("--save-token", options->save_token,
                      "new file for the manage token, which is not shown then");
  on_call(*command, options, open_poll);
}

}  // namespace flashpoll::app
