#include "infra/runtime/build_info.h"

namespace flashpoll::runtime {

// Written at each build, see CMakeLists.txt.
extern const char* const kVersion;
extern const char* const kRevision;

std::string_view version() { return kVersion; }

std::string_view revision() { return kRevision; }

}  // namespace flashpoll::runtime
