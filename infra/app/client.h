#pragma once

#include <CLI/CLI.hpp>

/// The client's commands. Each function adds one to its parent; called, it prints its result, or
/// throws Misconfigured, Unavailable or Refused.
namespace flashpoll::app {

void add_poll_open(CLI::App& parent);
void add_poll_show(CLI::App& parent);
void add_poll_watch(CLI::App& parent);
void add_poll_close(CLI::App& parent);
void add_poll_extend(CLI::App& parent);
void add_poll_hide(CLI::App& parent);
void add_poll_codes(CLI::App& parent);
void add_ingest(CLI::App& parent);
void add_vote(CLI::App& parent);
void add_retract(CLI::App& parent);

}  // namespace flashpoll::app
