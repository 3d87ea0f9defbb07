#include <cstdio>
#include <optional>

#include "infra/app/client.h"
#include "infra/app/client_options.h"
#include "infra/app/terminal.h"
#include "infra/json/writer.h"

/// What only the owner may do.
namespace flashpoll::app {

namespace {

struct OwnerOptions : ClientOptions {
  std::string poll;
};

template <class Options>
std::shared_ptr<Options> add_owner_options(CLI::App& command) {
  auto options = add_options<Options>(command);
  command.add_option("poll", options->poll, "id, name of the page, or URL")->required();
  return options;
}

void report(const ClientOptions& options, const Answer& answer, const std::string& what) {
  if (options.json()) return print(answer.body + "\n");
  print(what + ", entry " + std::to_string(need_integer(answer.value, "seq")) + " at " +
        need_text(answer.value, "at") + "\n");
}

void await(const Target& target, const Answer& answer) {
  target.api.await_shown(target.poll, need_integer(answer.value, "seq"));
}

void close_poll(const OwnerOptions& options) {
  const Target target = target_of(options, options.poll);
  const Answer answer = target.api.send_safely(
      {.method = "POST", .path = target.path("/close"), .headers = owner_headers(options)});
  report(options, answer, "closed");
  await(target, answer);
}

void hide_poll(const OwnerOptions& options) {
  const Target target = target_of(options, options.poll);
  const Answer answer = target.api.send_safely(
      {.method = "DELETE", .path = target.path(), .headers = owner_headers(options)});
  report(options, answer, "hidden");
  await(target, answer);
}

struct ExtendOptions : OwnerOptions {
  std::string closes_at;
  std::string by;
};

void extend_poll(const ExtendOptions& options) {
  const Target target = target_of(options, options.poll);
  const bool absolute = !options.closes_at.empty();
  std::string body;
  json::Writer out(body);
  out.begin_object();
  if (absolute) out.member("closes_at", checked_time("--closes-at", options.closes_at));
  if (!absolute) out.member("by", checked_seconds("--by", options.by));
  out.end_object();
  const Call call{.method = "POST",
                  .path = target.path("/extend"),
                  .headers = owner_headers(options),
                  .body = std::move(body)};
  // `by` sent twice could extend twice.
  const Answer answer = absolute ? target.api.send_safely(call) : target.api.send(call);
  report(options, answer, "closes at " + need_text(answer.value, "closes_at"));
  await(target, answer);
}

struct CodesOptions : OwnerOptions {
  int count = 100;
  std::optional<int> first;
  bool show = false;
};

Answer issue_codes(const CodesOptions& options, const Target& target) {
  std::string body;
  json::Writer out(body);
  out.begin_object().member("count", options.count);
  if (options.first) out.member("first", *options.first);
  out.end_object();
  const Call call{.method = "POST",
                  .path = target.path("/codes"),
                  .headers = owner_headers(options),
                  .body = std::move(body)};
  // Without `first` a second try would issue further codes.
  Answer answer = options.first ? target.api.send_safely(call) : target.api.send(call);
  await(target, answer);
  return answer;
}

Answer show_codes(const CodesOptions& options, const Target& target) {
  return target.api.send_safely({.path = target.path("/codes?first=") +
                                         std::to_string(options.first.value_or(0)) +
                                         "&count=" + std::to_string(options.count),
                                 .headers = owner_headers(options)});
}

void codes(const CodesOptions& options) {
  const Target target = target_of(options, options.poll);
  const Answer answer = options.show ? show_codes(options, target) : issue_codes(options, target);
  if (options.json()) return print(answer.body + "\n");
  std::string text;
  const json::Value& list = need(answer.value, "codes");
  if (!list.is(json::Kind::array)) throw std::runtime_error("the server's 'codes' are no list");
  for (const json::Value& code : list.array()) {
    if (code.is(json::Kind::string)) text += printable(code.string()) + "\n";
  }
  print(text);
  std::fprintf(stderr, "%zu codes from index %lld\n", list.array().size(),
               static_cast<long long>(need_integer(answer.value, "first")));
}

}  // namespace

void add_poll_close(CLI::App& parent) {
  CLI::App* command = parent.add_subcommand("close", "Close a poll now");
  on_call(*command, add_owner_options<OwnerOptions>(*command), close_poll);
}

void add_poll_hide(CLI::App& parent) {
  CLI::App* command = parent.add_subcommand("hide", "Hide a poll from all public reads");
  on_call(*command, add_owner_options<OwnerOptions>(*command), hide_poll);
}

void add_poll_extend(CLI::App& parent) {
  CLI::App* command = parent.add_subcommand("extend", "Let a poll close later");
  auto options = add_owner_options<ExtendOptions>(*command);
  CLI::Option_group* when = command->add_option_group("when");
  when->add_option("--closes-at", options->closes_at, "such as 2026-11-20T12:00:00Z");
  when->add_option("--by", options->by, "such as 15m, from the time that stands");
  when->require_option(1);
  on_call(*command, options, extend_poll);
}

void add_poll_codes(CLI::App& parent) {
  CLI::App* command = parent.add_subcommand("codes", "Issue one-time codes, or show issued ones");
  auto options = add_owner_options<CodesOptions>(*command);
  command->add_option("--count", options->count, "how many, at most 10000 [100]");
  command->add_option("--first", options->first, "index of the first one; makes a retry harmless");
  command->add_flag("--show", options->show, "show issued ones again");
  on_call(*command, options, codes);
}

}  // namespace flashpoll::app
