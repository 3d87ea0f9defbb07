#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "projector/compare.h"
#include "projector/read_schema.h"
#include "projector/refold.h"
#include "projector/row_scan.h"
#include "projector/verify.h"

namespace flashpoll::projector {

/// Read tables folded anew (green) beside those in force (blue). One thread; one at a time in a
/// database, by an advisory lock.
class Green {
 public:
  /// Makes empty tables: for reading, in the schema that follows blue's; as scratch, in `verify`,
  /// for all polls or `only` one. What an earlier attempt left is dropped. Blue tables that another
  /// version made are not compared; as there is nothing else to do with scratch, that throws
  /// Misconfigured.
  Green(const RefoldSource& source, Purpose purpose, std::optional<events::PollId> only = {},
        Bulk bulk = Bulk::stored);
  /// Drops green, unless it is to be kept.
  ~Green();
  Green(const Green&) = delete;
  Green& operator=(const Green&) = delete;

  /// Folds up to where blue is, and compares what cannot change any more: of all polls what rows
  /// add up to, and only when that differs, or for one poll, row by row. Blue goes on meanwhile.
  void build();

  /// In the caller's transaction on `connection`: stops blue by locking its positions, folds the
  /// rest and compares all, but entries and history only when these were not left out. Blue stands
  /// still until the transaction ends. Nothing: entries or history differ, and were only summed.
  [[nodiscard]] std::optional<Verified> finish();

  /// Drops the tables that were in force before blue.
  void drop_former();
  void keep() { kept_ = true; }

  [[nodiscard]] pg::Connection& connection() { return connection_; }
  [[nodiscard]] const std::string& schema() const { return schema_; }

 private:
  void make_indexes() const;
  [[nodiscard]] LastSeqs last_seqs(const std::string& schema);
  [[nodiscard]] bool sums_agree() const;
  [[nodiscard]] Refold::Marks blue_marks();

  const RefoldSource source_;
  const Bulk bulk_;
  pg::Connection connection_;  ///< holds the lock, compares
  ReadPointer blue_;
  std::string schema_;
  std::vector<std::string> indexes_;  ///< of readers, made once the tables are full
  std::unique_ptr<Refold> refold_;
  std::unique_ptr<Comparison> comparison_;  ///< null: another version made blue
  std::unique_ptr<RowScan> scan_;           ///< null: nothing is compared, or no sums are
  bool kept_ = false;
};

}  // namespace flashpoll::projector
