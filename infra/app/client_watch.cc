#include <chrono>
#include <cstdio>

#include "infra/app/client.h"
#include "infra/app/client_events.h"
#include "infra/app/client_options.h"
#include "infra/app/client_result.h"
#include "infra/app/client_voter.h"
#include "infra/app/terminal.h"
#include "infra/runtime/fault.h"
#include "infra/runtime/signals.h"
#include "infra/runtime/thread.h"

namespace flashpoll::app {

namespace {

/// A server that starts anew is back within this.
constexpr int kTries = 15;
constexpr std::chrono::seconds kPause{2};

struct WatchOptions : ClientOptions {
  std::string poll;
  bool once = false;
};

/// Shows what the stream says.
class Watch {
 public:
  Watch(const WatchOptions& options, Picture picture, Screen& screen)
      : options_(options),
        picture_(std::move(picture)),
        screen_(screen),
        live_(is_terminal() && !options.once && !options.json()) {}

  /// False when nothing more is wanted.
  bool line(std::string_view line) {
    const auto event = reader_.line(line);
    if (!event) return true;
    if (event->type == "results") show(event->data);
    if (event->type == "end") end(event->data);
    over_ = over_ || (options_.once && event->type == "results");
    return !over_;
  }

  [[nodiscard]] bool is_over() const { return over_; }
  [[nodiscard]] const std::string& last_id() const { return reader_.last_id(); }
  void reconnect() { reader_.reset(); }

 private:
  static json::Value parse(const std::string& data) {
    auto parsed = json::parse(data);
    auto* value = std::get_if<json::Value>(&parsed);
    if (value == nullptr) throw std::runtime_error("the server's stream is no JSON");
    return std::move(*value);
  }

  void show(const std::string& data) {
    if (options_.json()) return print(data + "\n");
    take_results(picture_, parse(data));
    if (live_) {
      screen_.draw(draw(picture_, terminal_columns()));
    } else {
      print(one_line(picture_) + "\n");
    }
  }

  void end(const std::string& data) {
    over_ = true;
    if (need_text(parse(data), "code") != "final") {
      throw std::runtime_error("the poll was hidden by its owner (poll_hidden)");
    }
  }

  const WatchOptions& options_;
  Picture picture_;
  Screen& screen_;
  const bool live_;
  EventReader reader_;
  bool over_ = false;
};

/// One connection, to its end. False when it was lost, or the server is not ready.
bool follow(const Target& target, std::vector<http::Header> headers, Watch& watch) {
  watch.reconnect();
  if (!watch.last_id().empty()) headers.emplace_back("Last-Event-ID", watch.last_id());
  try {
    const Call call{.path = target.path("/stream"), .headers = std::move(headers)};
    const auto line = [&watch](std::string_view text) { return watch.line(text); };
    return target.api.lines(call, line) == 204 || watch.is_over();
  } catch (const Unavailable& fault) {
    std::fprintf(stderr, "flashpoll: %s\n", fault.what());
  } catch (const Refused& refused) {
    if (refused.status() != 503) throw;
    std::fprintf(stderr, "flashpoll: %s\n", refused.what());
  }
  return false;
}

void watch(const WatchOptions& options) {
  runtime::block_stop_signals();
  Screen screen;
  const runtime::StopSignals stop([&screen](int) { screen.end_process(); });
  const Target target = target_of(options, options.poll);
  const json::Value poll = target.api.send({.path = target.path()}).value;
  const auto headers = known_voter(options, target, poll);
  Watch watch(options, picture_of_poll(poll), screen);
  std::string last_id;
  for (int tries = 0; !follow(target, headers, watch); ++tries) {
    // Entries that came count as a success: tries begin anew.
    if (std::exchange(last_id, watch.last_id()) != watch.last_id()) tries = 0;
    if (tries == kTries) throw Unavailable("the stream was lost and does not come back");
    runtime::pause(std::stop_token(), kPause);
  }
}

}  // namespace

void add_poll_watch(CLI::App& parent) {
  CLI::App* command = parent.add_subcommand("watch", "Watch a result as it changes");
  auto options = add_options<WatchOptions>(*command);
  command->add_option("poll", options->poll, "id, name of the page, or URL")->required();
  command->add_flag("--once", options->once, "show the result once, as one line");
  on_call(*command, options, watch);
}

}  // namespace flashpoll::app
