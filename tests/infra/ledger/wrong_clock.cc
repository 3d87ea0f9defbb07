// Preloaded into a broker: its wall clock is wrong by WRONG_CLOCK_SECONDS.
#include <dlfcn.h>
#include <time.h>

#include <charconv>
#include <cstdlib>
#include <string_view>

extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
  using Function = int (*)(clockid_t, timespec*);
  static const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "clock_gettime"));
  const int result = real(clock, now);
  const char* text = std::getenv("WRONG_CLOCK_SECONDS");
  if (result != 0 || clock != CLOCK_REALTIME || text == nullptr) return result;
  const std::string_view seconds(text);
  long wrong = 0;
  (void)std::from_chars(seconds.data(), seconds.data() + seconds.size(), wrong);
  now->tv_sec += wrong;
  return result;
}
