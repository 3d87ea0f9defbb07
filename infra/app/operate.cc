#include "infra/app/operate.h"

#include <algorithm>

#include "infra/runtime/fault.h"

namespace flashpoll::app {

OpenLedger::OpenLedger(const Settings& from, Create create)
    : settings(from),
      log(clock, std::max(from.log_level, runtime::LogLevel::warning)),
      ledger(open_ledger(settings, create, log)) {}

void add_operation(Program& program) {
  add_migrate(program);
  add_config(program);
  add_doctor(program);
  add_verify(program);
  add_rebuild(program);
  add_ledger(program);
  add_replay(program);
}

}  // namespace flashpoll::app
