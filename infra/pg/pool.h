#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "infra/pg/database.h"
#include "infra/runtime/mutex.h"

namespace flashpoll::pg {

/// A bounded set of connections for several threads. Threads are the caller's. A use gives the
/// connection back when it ends; while all are in use, a further one waits at most `patience`, then
/// throws Overloaded.
class Pool {
 public:
  Pool(const Target& target, std::size_t size, const Database::Prepare& prepare = {},
       std::chrono::milliseconds patience = std::chrono::seconds(1));
  ~Pool();

  /// As in Database.
  template <typename Work>
  auto write(Work&& work) {
    return Loan(*this)->write(std::forward<Work>(work));
  }
  template <typename Work>
  auto read(Work&& work) {
    return Loan(*this)->read(std::forward<Work>(work));
  }
  template <typename Work>
  auto plain(Work&& work) {
    return Loan(*this)->plain(std::forward<Work>(work));
  }

 private:
  class Loan {
   public:
    explicit Loan(Pool& pool) : pool_(pool), database_(pool.take()) {}
    ~Loan() { pool_.give_back(std::move(database_)); }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    Database* operator->() const { return database_.get(); }

   private:
    Pool& pool_;
    std::unique_ptr<Database> database_;
  };

  [[nodiscard]] std::unique_ptr<Database> take() FP_EXCLUDES(mutex_);
  void give_back(std::unique_ptr<Database> database) FP_EXCLUDES(mutex_);

  const std::chrono::milliseconds patience_;
  runtime::Mutex mutex_;
  runtime::Condition returned_;
  std::vector<std::unique_ptr<Database>> idle_ FP_GUARDED_BY(mutex_);
};

}  // namespace flashpoll::pg
