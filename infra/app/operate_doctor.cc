#include "infra/app/doctor.h"
#include "infra/app/doctor_probe.h"
#include "infra/app/operate.h"
#include "infra/app/terminal.h"

namespace flashpoll::app {

namespace {

int doctor(const OperateOptions& options) {
  const runtime::Findings findings = examine(options.settings());
  print(options.json() ? doctor_json(findings) : doctor_text(findings));
  return runtime::any_fails(findings) ? kFailed : kOk;
}

}  // namespace

void add_doctor(Program& program) {
  CLI::App* command = program.cli.add_subcommand(
      "doctor", "Look at everything that the service needs; 1 when something fails");
  on_call(program, *command, add_operate_options<OperateOptions>(*command), doctor);
}

}  // namespace flashpoll::app
