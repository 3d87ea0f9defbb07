#include <optional>

#include "infra/app/client.h"
#include "infra/app/client_options.h"
#include "infra/app/client_result.h"
#include "infra/app/client_voter.h"
#include "infra/app/terminal.h"
#include "infra/json/writer.h"

namespace flashpoll::app {

namespace {

struct ShowOptions : ClientOptions {
  std::string poll;
  std::optional<std::uint64_t> seq;
  std::string at;
};

std::string moment(const ShowOptions& options) {
  if (options.seq) return "?seq=" + std::to_string(*options.seq);
  if (!options.at.empty()) return "?at=" + encoded(checked_time("--at", options.at));
  return "";
}

void show(const ShowOptions& options) {
  const Target target = target_of(options, options.poll);
  const Answer poll = target.api.send_safely({.path = target.path()});
  const Answer results =
      target.api.send_safely({.path = target.path("/results") + moment(options),
                              .headers = known_voter(options, target, poll.value)});
  if (options.json()) {
    std::string text;
    json::Writer(text)
        .begin_object()
        .key("poll")
        .raw(poll.body)
        .key("results")
        .raw(results.body)
        .end_object();
    return print(text + "\n");
  }
  Picture picture = picture_of_poll(poll.value);
  take_results(picture, results.value);
  for (const std::string& line : draw(picture, terminal_columns())) print(line + "\n");
}

}  // namespace

void add_poll_show(CLI::App& parent) {
  CLI::App* command = parent.add_subcommand("show", "Show a poll and its result");
  auto options = add_options<ShowOptions>(*command);
  command->add_option("poll", options->poll, "id, name of the page, or URL")->required();
  auto* seq = command->add_option("--seq", options->seq, "the result as of this entry");
  command->add_option("--at", options->at, "the result as of this time")->excludes(seq);
  on_call(*command, options, show);
}

}  // namespace flashpoll::app
