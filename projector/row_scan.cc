#include "projector/row_scan.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <thread>
#include <vector>

#include "infra/runtime/thread.h"
#include "projector/project.h"
#include "projector/row_params.h"

namespace flashpoll::projector {

namespace {

constexpr unsigned kMaxParts = 8;
/// A server that has much else to do.
constexpr std::chrono::minutes kLimit{5};

/// `(a, b)` → `a, b`.
std::string_view selected(std::string_view columns) {
  return columns.substr(1, columns.size() - 2);
}

std::size_t pages_of(pg::Connection& connection, const std::string& table) {
  const pg::Result size = connection.exec("SELECT pg_relation_size('" + table +
                                          "') / current_setting('block_size')::bigint");
  return static_cast<std::size_t>(size.integer(0, 0));
}

/// Rows on the nth of so many equal runs of these pages; the last run has no end.
std::string on_pages(std::size_t pages, std::size_t nth, std::size_t parts) {
  const auto page = [&](std::size_t part) {
    return "'(" + std::to_string(pages * part / parts) + ",0)'::tid";
  };
  std::string condition = "ctid >= " + page(nth);
  if (nth + 1 < parts) condition += " AND ctid < " + page(nth + 1);
  return condition;
}

bool on_stride(std::int64_t seq) { return seq % static_cast<std::int64_t>(kHistoryStride) == 0; }

/// The columns of what follows `FROM`.
void copy_out(pg::Connection& connection, std::string_view columns, const std::string& from,
              const std::function<void(const pg::CopyRow&)>& on_row) {
  const std::string copy = "COPY (SELECT " + std::string(selected(columns)) + " FROM " + from +
                           ") TO STDOUT (FORMAT binary)";
  pg::CopyReader reader(on_row);
  connection.copy_out(copy, [&reader](std::string_view piece) { reader.add(piece); });
}

}  // namespace

/// What one thread reads: rows that meet these conditions.
struct RowScan::Part {
  std::string entries;
  std::string history;
  SumsByPoll sums;
  std::unordered_set<std::int64_t> unknown;  ///< polls
};

/// Of a row that the first reading may have met. The latest entry may get its row of history from a
/// later one.
bool RowScan::was_read(std::int64_t poll, std::int64_t seq, bool is_entry) const {
  const auto last = last_.find(poll);
  if (last == last_.end()) return false;
  return is_entry || on_stride(seq) ? seq <= last->second : seq < last->second;
}

void RowScan::up_to(const LastSeqs& last) {
  last_ = last;
  std::vector<Part> parts(std::clamp(std::thread::hardware_concurrency(), 1U, kMaxParts));
  // Asked once for all: the tables grow meanwhile, and no page may be left out or read twice.
  pg::Connection connection(target_);
  const std::size_t entry_pages = pages_of(connection, schema_ + ".poll_events");
  const std::size_t history_pages = pages_of(connection, schema_ + ".result_history");
  std::vector<std::future<void>> running;
  for (std::size_t nth = 0; nth < parts.size(); ++nth) {
    Part& part = parts[nth];
    part.entries = on_pages(entry_pages, nth, parts.size());
    part.history = on_pages(history_pages, nth, parts.size());
    running.push_back(std::async(std::launch::async, [this, &part] {
      runtime::name_this_thread("row-scan");
      read_part(part);
    }));
  }
  for (std::future<void>& one : running) one.get();
  std::unordered_set<std::int64_t> unknown;
  for (const Part& part : parts) {
    add(sums_, part.sums);
    unknown.insert(part.unknown.begin(), part.unknown.end());
  }
  strangers_ = any_stranger(unknown);
}

/// A poll that was unknown may have been opened since; then it has its row in polls.
bool RowScan::any_stranger(const std::unordered_set<std::int64_t>& unknown) const {
  const std::vector<std::int64_t> polls(unknown.begin(), unknown.end());
  const pg::Result opened = pg::Connection(target_).exec(
      "SELECT count(*) FROM " + schema_ + ".polls WHERE poll_id = ANY ($1)",
      pg::Params().bigints(polls));
  return opened.integer(0, 0) != static_cast<std::int64_t>(polls.size());
}

void RowScan::read_part(Part& part) const {
  pg::Connection connection(target_);
  connection.set_limit(kLimit);
  const auto read = [&](const std::string& table, std::string_view columns,
                        const std::string& condition, bool is_entry) {
    const std::string from = schema_ + "." + table + " WHERE " + condition;
    copy_out(connection, columns, from, [&](const pg::CopyRow& row) {
      const std::int64_t poll = row.bigint(0);
      if (!last_.contains(poll)) part.unknown.insert(poll);
      if (!was_read(poll, row.bigint(1), is_entry)) return;
      PollSums& sums = part.sums[poll];
      (is_entry ? sums.entries : sums.history).add(row.bytes());
    });
  };
  read("poll_events", kEntryColumns, part.entries, true);
  read("result_history", kHistoryColumns, part.history, false);
}

void RowScan::rest(pg::Connection& connection, const LastSeqs& last) {
  std::string polls = "'{";
  std::string seqs = "'{";
  for (const auto& [poll, seq] : last) {
    const auto before = last_.find(poll);
    if (before != last_.end() && before->second == seq) continue;
    const char* comma = polls.size() > 2 ? "," : "";
    polls += comma + std::to_string(poll);
    seqs += comma + std::to_string(before == last_.end() ? -1 : before->second);
  }
  if (polls.size() == 2) return;
  // Poll by poll, so that the index finds the few rows of the end.
  const std::string ends =
      "unnest(" + polls + "}'::bigint[], " + seqs + "}'::bigint[]) AS c (poll, since)";
  const auto read = [&](const std::string& table, std::string_view columns, bool is_entry) {
    const std::string from = ends + " CROSS JOIN LATERAL (SELECT * FROM " + schema_ + "." + table +
                             " e WHERE e.poll_id = c.poll AND e.seq >= c.since OFFSET 0) t";
    copy_out(connection, columns, from, [&](const pg::CopyRow& row) {
      const std::int64_t poll = row.bigint(0);
      if (was_read(poll, row.bigint(1), is_entry)) return;
      PollSums& sums = sums_[poll];
      (is_entry ? sums.entries : sums.history).add(row.bytes());
    });
  };
  read("poll_events", kEntryColumns, true);
  read("result_history", kHistoryColumns, false);
}

}  // namespace flashpoll::projector
