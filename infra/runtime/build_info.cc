#include "infra/runtime/build_info.h"

namespace flashpoll::runtime {

// Both come from CMakeLists.txt, the revision at each build.
extern const char* const kRevision;

std::string_view version() { return FLASHPOLL_VERSION; }

std::string_view revision() { return kRevision; }

}  // namespace flashpoll::runtime
