#include "infra/runtime/wake.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "infra/runtime/check.h"

namespace flashpoll::runtime {

Wake::Wake() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  FP_CHECK(descriptor_ >= 0, "the process may open another descriptor");
}

Wake::~Wake() { close(descriptor_); }

void Wake::signal() const noexcept { (void)eventfd_write(descriptor_, 1); }

bool Wake::take() const noexcept {
  eventfd_t count = 0;
  return eventfd_read(descriptor_, &count) == 0;
}

}  // namespace flashpoll::runtime
