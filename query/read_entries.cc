#include <pqxx/pqxx>
#include <string>

#include "events/codec.h"
#include "infra/runtime/fault.h"
#include "query/read_fields.h"
#include "query/read_tables.h"

namespace flashpoll::query {

namespace {

constexpr const char* kColumns =
    "seq, at, type, reason, voter, vote_id, choices, replaces, added, removed, body";

/// Of ballots and retractions, which have no `body`.
bool is_vote_type(int type) {
  return type == events::parse_type("vote.cast.v1") ||
         type == events::parse_type("vote.retracted.v1");
}

/// As it is stored.
std::string uuid_of(const events::VoterTag& voter) { return events::Uuid{voter.bytes}.text(); }

EntryRow entry_of(const pqxx::row& row) {
  EntryRow entry;
  entry.seq = fields::seq(row["seq"]);
  entry.at = fields::integer(row["at"]);
  entry.type = static_cast<int>(fields::integer(row["type"]));
  entry.reason = static_cast<events::Reason>(fields::integer(row["reason"]));
  if (!row["voter"].is_null()) entry.voter.emplace(fields::uuid(row["voter"]).bytes);
  if (!row["vote_id"].is_null()) entry.vote_id = fields::uuid(row["vote_id"]);
  if (!row["choices"].is_null()) entry.choices = fields::choices(row["choices"]);
  entry.replaces = fields::seq_or_none(row["replaces"]);
  entry.added = fields::choices(row["added"]);
  entry.removed = fields::choices(row["removed"]);
  entry.body = fields::text(row["body"]);
  return entry;
}

/// A statement that grows with the filter, so that the planner sees only what was asked for.
class Statement {
 public:
  explicit Statement(std::string sql) : sql_(std::move(sql)) {}
  Statement& add(std::string_view sql) {
    sql_ += sql;
    return *this;
  }
  Statement& add(std::string_view sql, std::string value) {
    values_.push_back(std::move(value));
    sql_.append(sql).append("$").append(std::to_string(values_.size()));
    return *this;
  }
  Statement& add(std::string_view sql, std::int64_t value) {
    return add(sql, std::to_string(value));
  }
  [[nodiscard]] pqxx::result run(pqxx::transaction_base& transaction) const {
    return transaction.exec_params(sql_, pqxx::prepare::make_dynamic_params(values_));
  }

 private:
  std::string sql_;
  std::vector<std::string> values_;
};

constexpr const char* order_of(const EntryFilter& filter) {
  return filter.descending ? " ORDER BY seq DESC" : " ORDER BY seq";
}

void add_range(Statement& sql, const EntryFilter& filter) {
  sql.add(" AND seq >= ", fields::bigint(filter.first));
  sql.add(" AND seq <= ", fields::bigint(filter.last));
}

void add_in_poll(Statement& sql, const EntryFilter& filter) {
  sql.add(" WHERE poll_id = ", fields::bigint(filter.poll));
  add_range(sql, filter);
}

/// Entries of a voter, from the two indexes that hold them: the first that counted, in one of the
/// poll's blocks, and of all others those that `chosen` adds, with their order and limit. Neither
/// part compares the poll, and nothing is moved into one that has OFFSET or LIMIT: so a planner
/// without statistics cannot choose to read the whole poll instead.
template <typename Choose>
void add_of_voter(Statement& sql, events::PollId poll, const events::VoterTag& voter,
                  Choose chosen) {
  sql.add(" FROM ((SELECT * FROM poll_events WHERE reason = 0 AND replaces IS NULL");
  sql.add(" AND voter = ", uuid_of(voter));
  sql.add(" AND first_vote_key(poll_id, vote_block(seq), voter) = ANY (ARRAY(");
  sql.add("SELECT first_vote_key(poll_id, block, ", uuid_of(voter)).add(") FROM poll_results");
  sql.add(", generate_series(0, vote_block(seq)) AS block");
  sql.add(" WHERE poll_id = ", fields::bigint(poll)).add(")) OFFSET 0)");
  sql.add(" UNION ALL (SELECT * FROM poll_events WHERE (reason <> 0 OR replaces IS NOT NULL)");
  sql.add(" AND voter = ", uuid_of(voter));
  chosen();
  sql.add(")) of_voter");
}

/// The rows that a page looks at, through what narrows most.
void add_examined(Statement& sql, const EntryFilter& filter) {
  if (filter.voter) {
    add_of_voter(sql, filter.poll, *filter.voter, [&] {
      add_range(sql, filter);
      sql.add(order_of(filter)).add(" LIMIT ", kMaxExamined);
    });
    add_in_poll(sql, filter);
  } else {
    add_in_poll(sql.add(" FROM poll_events"), filter);
    if (filter.reason) {
      // Both: the index knows void entries only.
      sql.add(" AND reason <> 0 AND reason = ", static_cast<std::int64_t>(*filter.reason));
    } else if (filter.type && !is_vote_type(*filter.type)) {
      sql.add(" AND body IS NOT NULL");
    }
  }
  sql.add(order_of(filter));
}

void add_conditions(Statement& sql, const EntryFilter& filter) {
  sql.add(" WHERE true");
  if (filter.type) sql.add(" AND type = ", *filter.type);
  if (filter.reason) sql.add(" AND reason = ", static_cast<std::int64_t>(*filter.reason));
  if (filter.counted) sql.add(*filter.counted ? " AND reason = 0" : " AND reason <> 0");
  if (filter.vote_id) sql.add(" AND vote_id = ", filter.vote_id->text());
  if (filter.from) sql.add(" AND at >= ", *filter.from);
  if (filter.to) sql.add(" AND at < ", *filter.to);
}

}  // namespace

std::optional<EntryRow> ReadTables::entry(events::PollId id, events::Seq seq) {
  const auto page = entries({.poll = id, .first = seq, .last = seq}, 1);
  return page.entries.empty() ? std::nullopt : std::optional(page.entries.front());
}

EntryPage ReadTables::entries(const EntryFilter& filter, int limit) {
  Statement sql("SELECT * FROM (SELECT ");
  sql.add(kColumns);
  add_examined(sql, filter);
  sql.add(" LIMIT ", kMaxExamined).add(") examined");
  add_conditions(sql, filter);
  sql.add(filter.descending ? " ORDER BY seq DESC LIMIT " : " ORDER BY seq LIMIT ", limit);
  EntryPage page;
  for (const auto& row : sql.run(transaction_)) page.entries.push_back(entry_of(row));
  const bool may_be_more = filter.last.value >= filter.first.value + kMaxExamined;
  if (may_be_more && static_cast<int>(page.entries.size()) < limit) {
    Statement last("SELECT seq");
    add_examined(last, filter);
    last.add(" LIMIT 1 OFFSET ", kMaxExamined - 1);
    const auto row = last.run(transaction_);
    if (!row.empty()) page.examined_to = fields::seq(row.front()[0]);
  }
  return page;
}

std::optional<EntryRow> ReadTables::standing(events::PollId id, const events::VoterTag& voter) {
  Statement sql("SELECT ");
  sql.add(kColumns);
  add_of_voter(sql, id, voter, [&] { sql.add(" AND reason = 0 ORDER BY seq DESC LIMIT 1"); });
  sql.add(" WHERE poll_id = ", fields::bigint(id)).add(" ORDER BY seq DESC LIMIT 1");
  const auto rows = sql.run(transaction_);
  return rows.empty() ? std::nullopt : std::optional(entry_of(rows.front()));
}

events::TimeMs ReadTables::closes_at_seq(const PollRow& poll, events::Seq seq) {
  if (poll.first_closes_at == poll.settings.closes_at) return poll.first_closes_at;
  const auto rows = transaction_.exec_params(
      "SELECT body FROM poll_events WHERE poll_id = $1 AND seq <= $2 AND body IS NOT NULL"
      " AND type = $3 AND reason = 0 ORDER BY seq DESC LIMIT 1",
      fields::bigint(poll.settings.poll), fields::bigint(seq),
      *events::parse_type("poll.extended.v1"));
  if (rows.empty()) return poll.first_closes_at;
  const std::string key = poll.settings.poll.text();
  const auto decoded = events::decode({0, key, fields::text(rows.front()[0])}, 1);
  const auto* event = std::get_if<events::Event>(&decoded);
  const auto* extended = event == nullptr ? nullptr : std::get_if<events::PollExtended>(event);
  if (extended == nullptr) throw Corrupt("the read tables hold no extension where they name one");
  return extended->closes_at;
}

}  // namespace flashpoll::query
