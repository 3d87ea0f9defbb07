#include "projector/compare.h"

#include <utility>

namespace flashpoll::projector {

namespace {

constexpr int kPageRows = 20'000;
constexpr std::int64_t kLastPoll = std::int64_t{1} << 60;

std::string text(std::int64_t number) { return std::to_string(number); }

/// A subquery: rows of a table, named t in the `rest` of it.
std::string rows(const std::string& schema, const std::string& table,
                 const std::string& rest = "") {
  // The reader of a position is nobody's row content.
  const std::string columns =
      table == "positions" ? "partition, next_offset, last_offset, last_digest" : "t.*";
  return "(SELECT " + columns + " FROM " + schema + "." + table + " t " + rest + ")";
}

}  // namespace

Comparison::Comparison(pg::Connection& connection, std::string blue, std::string green,
                       std::optional<events::PollId> only)
    : connection_(connection),
      blue_(std::move(blue)),
      green_(std::move(green)),
      polls_(only ? "t.poll_id = " + std::to_string(only->bits()) : "true") {}

void Comparison::begin() {
  connection_.exec(
      "DROP TABLE IF EXISTS compared; CREATE TEMP TABLE compared AS SELECT poll_id, seq FROM " +
      green_ + ".poll_results; ALTER TABLE compared ADD PRIMARY KEY (poll_id); ANALYZE compared");
}

void Comparison::immutable() {
  for (Key begin;;) {
    const auto end = page_end(begin);
    compare_page(begin, end.value_or(Key{kLastPoll, 0}));
    if (!end) return;
    begin = *end;
  }
}

/// The key of the last row of a page; nothing when the rest fits into one.
std::optional<Comparison::Key> Comparison::page_end(const Key& begin) {
  const pg::Result row =
      connection_.exec("SELECT poll_id, seq FROM " + green_ +
                           ".poll_events WHERE (poll_id, seq) > ($1, $2) "
                           "ORDER BY poll_id, seq OFFSET $3 LIMIT 1",
                       pg::Params().bigint(begin.poll).bigint(begin.seq).bigint(kPageRows));
  if (row.rows() == 0) return std::nullopt;
  return Key{row.integer(0, 0), row.integer(0, 1)};
}

void Comparison::compare_page(const Key& begin, const Key& end) {
  const std::string page = polls_ + " AND (t.poll_id, t.seq) > (" + text(begin.poll) + ", " +
                           text(begin.seq) + ") AND (t.poll_id, t.seq) <= (" + text(end.poll) +
                           ", " + text(end.seq) + ")";
  const std::string joined = "LEFT JOIN compared c ON c.poll_id = t.poll_id WHERE ";
  // A poll that green does not know may have been opened since; a row without a poll may not.
  compare(
      "poll_events",
      rows(blue_, "poll_events",
           joined + page + " AND (t.seq <= c.seq OR (c.seq IS NULL AND NOT EXISTS (SELECT FROM " +
               blue_ + ".polls p WHERE p.poll_id = t.poll_id)))"),
      rows(green_, "poll_events", "WHERE " + page));
  // The latest entry may get its row of history from a later one, which only blue has seen.
  const std::string past =
      joined + page + " AND (t.seq < c.seq OR (t.seq = c.seq AND t.seq % 1000 = 0))";
  compare("result_history", rows(blue_, "result_history", past),
          rows(green_, "result_history", past));
}

void Comparison::latest_entries() {
  // Poll by poll, so that the index finds the few rows of the end: blue stands still meanwhile.
  const auto since = [this](const std::string& schema, const std::string& table,
                            const std::string& relation) {
    return "(SELECT t.* FROM " + schema +
           ".poll_results r LEFT JOIN compared c USING (poll_id) CROSS JOIN LATERAL (SELECT * "
           "FROM " +
           schema + "." + table + " e WHERE e.poll_id = r.poll_id AND e.seq " + relation +
           " coalesce(c.seq, -1) OFFSET 0) t WHERE r.seq IS DISTINCT FROM c.seq AND " + polls_ +
           ")";
  };
  compare("poll_events", since(blue_, "poll_events", ">"), since(green_, "poll_events", ">"));
  compare("result_history", since(blue_, "result_history", ">="),
          since(green_, "result_history", ">="));
}

void Comparison::states() {
  const std::string polls = "WHERE " + polls_;
  for (const char* table : {"polls", "poll_results", "parked_polls"}) {
    compare(table, rows(blue_, table, polls), rows(green_, table, polls), "poll_id");
  }
  note_beyond("poll_events", "last.seq IS DISTINCT FROM t.seq");
  note_beyond("result_history", "(last.seq > t.seq OR (last.seq = t.seq AND t.seq % 1000 <> 0))");
  if (polls_ == "true") {
    compare("stray_records", rows(blue_, "stray_records"), rows(green_, "stray_records"),
            "partition, record_offset");
    compare("positions", rows(blue_, "positions"), rows(green_, "positions"), "partition");
  }
  const pg::Result entries =
      connection_.exec("SELECT coalesce(sum(seq + 1), 0)::bigint FROM " + green_ + ".poll_results");
  entries_ = static_cast<std::uint64_t>(entries.integer(0, 0));
}

/// What blue holds of a poll behind its result.
void Comparison::note_beyond(const std::string& table, const std::string& condition) {
  note(table + " behind the result",
       connection_.exec("SELECT '(' || t.poll_id || ',' || last.seq || ')', NULL FROM " + blue_ +
                        ".poll_results t CROSS JOIN LATERAL (SELECT max(e.seq) AS seq FROM " +
                        blue_ + "." + table + " e WHERE e.poll_id = t.poll_id) last WHERE " +
                        polls_ + " AND " + condition));
}

void Comparison::compare(const std::string& table, const std::string& blue,
                         const std::string& green, const std::string& keys) {
  note(table, connection_.exec("SELECT b::text, g::text FROM " + blue + " b FULL JOIN " + green +
                               " g USING (" + keys + ") WHERE b IS DISTINCT FROM g"));
}

void Comparison::note(const std::string& table, const pg::Result& rows) {
  differences_.count += static_cast<std::uint64_t>(rows.rows());
  for (int row = 0; row < rows.rows() && differences_.named.size() < kNamedDifferences; ++row) {
    const auto side = [&](int column) {
      return rows.is_null(row, column) ? std::string("none") : std::string(rows.bytes(row, column));
    };
    differences_.named.push_back(table + ": stored " + side(0) + ", from the ledger " + side(1));
  }
}

}  // namespace flashpoll::projector
