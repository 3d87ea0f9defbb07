#include "infra/runtime/thread.h"

#include <pthread.h>

#include "infra/runtime/check.h"

namespace flashpoll::runtime {

void name_this_thread(const std::string& name) {
  FP_CHECK(pthread_setname_np(pthread_self(), name.c_str()) == 0,
           "a thread's name has at most 15 bytes");
}

}  // namespace flashpoll::runtime
