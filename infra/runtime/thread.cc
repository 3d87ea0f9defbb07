#include "infra/runtime/thread.h"

#include <pthread.h>

#include "infra/runtime/check.h"
#include "infra/runtime/mutex.h"

namespace flashpoll::runtime {

void name_this_thread(const std::string& name) {
  FP_CHECK(pthread_setname_np(pthread_self(), name.c_str()) == 0,
           "a thread's name has at most 15 bytes");
}

bool pause(const std::stop_token& stop, std::chrono::microseconds length) {
  const auto until = std::chrono::steady_clock::now() + length;
  Mutex mutex;
  Condition asked;
  const std::stop_callback on_stop(stop, [&] {
    const MutexLock lock(mutex);  // not between the look below and the wait
    asked.notify_one();
  });
  const MutexLock lock(mutex);
  while (!stop.stop_requested() && asked.wait_until(mutex, until)) continue;
  return !stop.stop_requested();
}

}  // namespace flashpoll::runtime
