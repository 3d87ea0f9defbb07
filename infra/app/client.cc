#include "infra/app/client.h"

#include "infra/app/cli.h"

namespace flashpoll::app {

void add_client(Program& program) {
  CLI::App* poll = program.cli.add_subcommand("poll", "Open, show, watch and own polls");
  poll->require_subcommand(1);
  add_poll_open(*poll);
  add_poll_show(*poll);
  add_poll_watch(*poll);
  add_poll_close(*poll);
  add_poll_extend(*poll);
  add_poll_hide(*poll);
  add_poll_codes(*poll);
  add_ingest(program.cli);
  add_vote(program.cli);
  add_retract(program.cli);
}

}  // namespace flashpoll::app
