#pragma once

#include <functional>
#include <memory>
#include <pqxx/connection>
#include <pqxx/except>
#include <pqxx/nontransaction>
#include <pqxx/transaction>
#include <utility>

#include "infra/pg/target.h"

namespace flashpoll::pg {

/// One libpqxx connection that is opened when first needed and thrown away whole when anything is
/// wrong with it: libpqxx would reconnect silently and lose session settings. Sessions have
/// synchronous_commit=on and READ COMMITTED. One thread at a time.
///
/// `work` may run once per call only; it is never repeated here. Faults of libpqxx that leave
/// `work` come out as ours: InDoubt (connection lost in COMMIT, and any loss in `write`),
/// Unavailable, Corrupt, StatementFailed. What `work` catches itself, and its own exceptions, are
/// its business.
class Database {
 public:
  /// `prepare` is called for each new connection, to prepare statements.
  using Prepare = std::function<void(pqxx::connection&)>;

  explicit Database(Target target, Prepare prepare = {});
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// `work(pqxx::work&)` in one transaction, committed when it returns. Gives what `work` gives.
  template <typename Work>
  auto write(Work&& work) {
    return guarded(Loss::before_commit, [&](pqxx::connection& connection) {
      pqxx::work transaction(connection);
      if constexpr (std::is_void_v<decltype(work(transaction))>) {
        work(transaction);
        transaction.commit();
      } else {
        auto value = work(transaction);
        transaction.commit();
        return value;
      }
    });
  }

  /// `work(pqxx::read_transaction&)` in one read-only transaction; each statement sees its own
  /// snapshot (READ COMMITTED).
  template <typename Work>
  auto read(Work&& work) {
    return guarded(Loss::before_commit, [&](pqxx::connection& connection) {
      pqxx::read_transaction transaction(connection);
      return work(transaction);
    });
  }

  /// `work(pqxx::nontransaction&)`: each statement commits by itself. The cheapest way to run one.
  template <typename Work>
  auto plain(Work&& work) {
    return guarded(Loss::in_doubt, [&](pqxx::connection& connection) {
      pqxx::nontransaction transaction(connection);
      return work(transaction);
    });
  }

  /// Throws the connection away; the next call opens another one.
  void forget() noexcept;

 private:
  struct Session;
  /// What a lost connection means, unless libpqxx itself says that it is in doubt.
  enum class Loss { before_commit, in_doubt };

  pqxx::connection& connection();
  /// Call inside a catch block: drops a broken connection and throws our fault for libpqxx's.
  [[noreturn]] void rethrow_translated(Loss loss);

  template <typename Use>
  auto guarded(Loss loss, Use&& use) {
    try {
      return use(connection());
    } catch (const pqxx::pqxx_exception&) {
      rethrow_translated(loss);
    } catch (...) {
      forget_if_broken();
      throw;
    }
  }
  void forget_if_broken() noexcept;

  const Target target_;
  const Prepare prepare_;
  std::unique_ptr<Session> session_;
};

}  // namespace flashpoll::pg
