#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "infra/app/cli.h"
#include "infra/app/client_address.h"
#include "infra/app/client_api.h"
#include "infra/app/terminal.h"

/// What all commands of the client have in common.
namespace flashpoll::app {

struct ClientOptions {
  std::string url;         ///< --url; empty: FLASHPOLL_URL, or this machine
  std::string token_file;  ///< --token-file; empty: FLASHPOLL_TOKEN
  std::string output = "text";

  [[nodiscard]] bool json() const { return output == "json"; }
};

/// One command: its flags, parsed into a value that lives as long as the command.
template <class Options>
std::shared_ptr<Options> add_options(CLI::App& command) {
  auto options = std::make_shared<Options>();
  command.add_option("--url", options->url, "the server [FLASHPOLL_URL, http://127.0.0.1:8080]");
  command.add_option("--token-file", options->token_file,
                     "file with the manage token or voter's credential [FLASHPOLL_TOKEN]");
  command.add_option("-o,--output", options->output, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  return options;
}

/// Up to as many texts as a poll has choices, exactly as given: CLI11 takes a text in brackets for
/// a list, and splits it, where an option has several values.
void add_texts(CLI::App& command, const std::string& name, std::vector<std::string>& texts,
               const std::string& help);

/// Runs a command of the client. With `-o json` a refusal's problem goes to stdout as well.
template <class Options>
void on_call(CLI::App& command, std::shared_ptr<Options> options, void (*run)(const Options&)) {
  command.callback([options = std::move(options), run] {
    try {
      run(*options);
    } catch (const Refused& refused) {
      if (options->json() && !refused.code().empty()) print(refused.body() + "\n");
      throw;
    }
  });
}

/// The server that the options or the environment name. Throws Misconfigured.
[[nodiscard]] Api api_of(const ClientOptions& options);

/// The poll that a command is about, and its server.
struct Target {
  Api api;
  std::string poll;
  [[nodiscard]] std::string path(std::string_view rest = "") const {
    return "/v1/polls/" + poll + std::string(rest);
  }
};
/// A URL names its server too, and then wins.
[[nodiscard]] Target target_of(const ClientOptions& options, const std::string& poll);

/// `Authorization` with the manage token. Throws Misconfigured when none is shown.
[[nodiscard]] std::vector<http::Header> owner_headers(const ClientOptions& options);

/// A random UUIDv7, to make a retry meet the first try.
[[nodiscard]] std::string fresh_uuid();

/// A moment of the API: RFC 3339 in UTC, checked here so that a mistake is a mistake of usage.
[[nodiscard]] std::string checked_time(const std::string& flag, const std::string& text);

/// A duration such as `90s`, `2h`, in whole seconds.
[[nodiscard]] std::int64_t checked_seconds(const std::string& flag, const std::string& text);

}  // namespace flashpoll::app
