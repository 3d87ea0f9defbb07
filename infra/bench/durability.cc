#include "infra/bench/durability.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#include "infra/runtime/fault.h"

namespace flashpoll::bench {

void require_disk(const std::string& directory) {
  struct statfs system{};
  if (::statfs(directory.c_str(), &system) != 0) {
    throw Misconfigured("--data: there is no directory " + directory);
  }
  if (system.f_type == TMPFS_MAGIC || system.f_type == RAMFS_MAGIC) {
    throw Misconfigured("--data: " + directory +
                        " is kept in memory (tmpfs): nothing there is durable, so no figure is "
                        "reported; name a directory on a disk");
  }
}

void require_durable(pg::Connection& server) {
  // Our sessions set synchronous_commit themselves; reset_val is what the server has.
  const pg::Result found = server.exec(
      "SELECT name, reset_val FROM pg_settings WHERE reset_val <> 'on' "
      "AND name IN ('fsync', 'full_page_writes', 'synchronous_commit') ORDER BY name");
  if (found.rows() == 0) return;
  throw Misconfigured("PostgreSQL runs with " + std::string(found.bytes(0, 0)) + "=" +
                      std::string(found.bytes(0, 1)) +
                      ": it could lose what it has committed, so no figure is reported");
}

}  // namespace flashpoll::bench
