/* Preloaded into a broker: its wall clock is wrong by WRONG_CLOCK_SECONDS. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t clock, struct timespec* now) {
  static int (*real)(clockid_t, struct timespec*);
  if (real == 0) real = (int (*)(clockid_t, struct timespec*))dlsym(RTLD_NEXT, "clock_gettime");
  const int result = real(clock, now);
  const char* seconds = getenv("WRONG_CLOCK_SECONDS");
  if (result == 0 && clock == CLOCK_REALTIME && seconds != 0) {
    now->tv_sec += strtol(seconds, 0, 10);
  }
  return result;
}
