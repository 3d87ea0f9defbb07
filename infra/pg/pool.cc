#include "infra/pg/pool.h"

#include "infra/runtime/check.h"

namespace flashpoll::pg {

Pool::Pool(const Target& target, std::size_t size, const Database::Prepare& prepare,
           std::chrono::milliseconds patience)
    : patience_(patience) {
  FP_CHECK(size > 0, "a pool has a connection");
  const runtime::MutexLock lock(mutex_);
  for (std::size_t i = 0; i < size; ++i) {
    idle_.push_back(std::make_unique<Database>(target, prepare));
  }
}

Pool::~Pool() = default;

std::unique_ptr<Database> Pool::take() {
  const auto until = std::chrono::steady_clock::now() + patience_;
  const runtime::MutexLock lock(mutex_);
  while (idle_.empty()) {
    if (!returned_.wait_until(mutex_, until) && idle_.empty()) {
      throw Overloaded("all connections to PostgreSQL are in use");
    }
  }
  auto database = std::move(idle_.back());
  idle_.pop_back();
  return database;
}

void Pool::give_back(std::unique_ptr<Database> database) {
  {
    const runtime::MutexLock lock(mutex_);
    idle_.push_back(std::move(database));
  }
  returned_.notify_one();
}

}  // namespace flashpoll::pg
