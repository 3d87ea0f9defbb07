#include <cstdio>
#include <exception>

#include "infra/app/cli.h"
#include "infra/runtime/build_info.h"
#include "infra/runtime/fault.h"

namespace flashpoll::app {
namespace {

int fail(int code, const char* what) {
  std::fprintf(stderr, "flashpoll: %s\n", what);
  return code;
}

std::string version_text() {
  std::string text = "flashpoll " + std::string(runtime::version());
  if (!runtime::revision().empty()) text += " (" + std::string(runtime::revision()) + ")";
  return text;
}

int run(int argc, char** argv) {
  Program program;
  program.cli.set_version_flag("--version", version_text());
  program.cli.require_subcommand(1);
  add_serve(program);
  add_operation(program);
  add_client(program);
  try {
    program.cli.parse(argc, argv);
    return program.exit_code;
  } catch (const CLI::ParseError& error) {
    return program.cli.exit(error) == 0 ? kOk : kUsage;
  } catch (const Misconfigured& fault) {
    return fail(kUsage, fault.what());
  } catch (const Unavailable& fault) {
    return fail(kUnreachable, fault.what());
  } catch (const Corrupt& fault) {
    return fail(kLedgerRefused, fault.what());
  } catch (const std::exception& fault) {
    return fail(kFailed, fault.what());
  }
}

}  // namespace
}  // namespace flashpoll::app

int main(int argc, char** argv) { return flashpoll::app::run(argc, argv); }
