#include "query/read_tables.h"

#include <pqxx/pqxx>
#include <string>

#include "query/read_fields.h"

namespace flashpoll::query {

namespace {

constexpr const char* kPolls =
    "SELECT p.poll_id, p.opening_id, p.question, p.choices, p.min, p.max, p.method, p.results,"
    " p.eligibility, p.allow_change, p.opened_at, p.opens_at, p.closes_at, p.first_closes_at,"
    " p.manage, p.key, p.codes_issued, p.closed_seq, p.hidden_seq, r.status,"
    " r.seq, r.at, r.votes, r.voters, r.counted, r.voided"
    " FROM polls p JOIN poll_results r USING (poll_id) WHERE p.poll_id = ANY ($1::bigint[])";

constexpr int kStatusParked = 3;

Counts counts_of(const pqxx::row& row) {
  Counts counts;
  counts.seq = fields::seq(row["seq"]);
  counts.at = fields::integer(row["at"]);
  counts.votes = fields::integers(row["votes"]);
  counts.voters = static_cast<std::uint64_t>(fields::integer(row["voters"]));
  counts.counted = static_cast<std::uint64_t>(fields::integer(row["counted"]));
  counts.voided = static_cast<std::uint64_t>(fields::integer(row["voided"]));
  return counts;
}

events::PollOpened settings_of(const pqxx::row& row) {
  events::PollOpened settings;
  settings.poll = events::PollId(static_cast<std::uint64_t>(fields::integer(row["poll_id"])));
  settings.id = fields::uuid(row["opening_id"]);
  settings.question = fields::text(row["question"]);
  settings.choices = fields::texts(row["choices"]);
  settings.min = static_cast<std::uint8_t>(fields::integer(row["min"]));
  settings.max = static_cast<std::uint8_t>(fields::integer(row["max"]));
  settings.method = static_cast<events::Method>(fields::integer(row["method"]));
  settings.results = static_cast<events::Results>(fields::integer(row["results"]));
  settings.eligibility = static_cast<events::Eligibility>(fields::integer(row["eligibility"]));
  settings.allow_change = fields::boolean(row["allow_change"]);
  settings.opens_at = fields::integer(row["opens_at"]);
  settings.closes_at = fields::integer(row["closes_at"]);
  fields::bytes(row["manage"], settings.manage.data(), settings.manage.size());
  fields::bytes(row["key"], settings.key.data(), settings.key.size());
  return settings;
}

PollRow poll_of(const pqxx::row& row) {
  PollRow poll;
  poll.settings = settings_of(row);
  poll.opened_at = fields::integer(row["opened_at"]);
  poll.first_closes_at = fields::integer(row["first_closes_at"]);
  poll.closed = fields::seq_or_none(row["closed_seq"]);
  poll.hidden = fields::seq_or_none(row["hidden_seq"]);
  poll.codes_issued = static_cast<std::uint32_t>(fields::integer(row["codes_issued"]));
  poll.parked = fields::integer(row["status"]) == kStatusParked;
  poll.latest = counts_of(row);
  return poll;
}

std::string array_of(std::span<const events::PollId> ids) {
  std::string out = "{";
  for (const events::PollId id : ids) {
    if (out.size() > 1) out.push_back(',');
    out += std::to_string(fields::bigint(id));
  }
  return out + "}";
}

std::optional<Counts> one_of(const pqxx::result& rows) {
  return rows.empty() ? std::nullopt : std::optional(counts_of(rows.front()));
}

}  // namespace

std::optional<PollRow> ReadTables::poll(events::PollId id) {
  auto found = polls(std::span(&id, 1));
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::vector<PollRow> ReadTables::polls(std::span<const events::PollId> ids) {
  std::vector<PollRow> found;
  for (const auto& row : transaction_.exec_params(kPolls, array_of(ids))) {
    found.push_back(poll_of(row));
  }
  return found;
}

std::vector<std::pair<events::PollId, events::Seq>> ReadTables::reached(
    std::span<const events::PollId> ids) {
  std::vector<std::pair<events::PollId, events::Seq>> found;
  const auto rows = transaction_.exec_params(
      "SELECT poll_id, seq FROM poll_results WHERE poll_id = ANY ($1::bigint[])", array_of(ids));
  for (const auto& row : rows) {
    const auto bits = static_cast<std::uint64_t>(fields::integer(row[0]));
    found.emplace_back(events::PollId(bits), fields::seq(row[1]));
  }
  return found;
}

bool ReadTables::is_parked(events::PollId id) {
  return !transaction_
              .exec_params("SELECT 1 FROM parked_polls WHERE poll_id = $1", fields::bigint(id))
              .empty();
}

std::optional<Counts> ReadTables::history_at_seq(events::PollId id, events::Seq seq) {
  return one_of(
      transaction_.exec_params("SELECT seq, at, votes, voters, counted, voided FROM result_history"
                               " WHERE poll_id = $1 AND seq <= $2 ORDER BY seq DESC LIMIT 1",
                               fields::bigint(id), fields::bigint(seq)));
}

std::optional<Counts> ReadTables::history_before(events::PollId id, events::TimeMs before) {
  return one_of(
      transaction_.exec_params("SELECT seq, at, votes, voters, counted, voided FROM result_history"
                               " WHERE poll_id = $1 AND at < $2 ORDER BY at DESC, seq DESC LIMIT 1",
                               fields::bigint(id), before));
}

std::optional<Counts> ReadTables::history_from(events::PollId id, events::TimeMs from) {
  return one_of(
      transaction_.exec_params("SELECT seq, at, votes, voters, counted, voided FROM result_history"
                               " WHERE poll_id = $1 AND at >= $2 ORDER BY at, seq LIMIT 1",
                               fields::bigint(id), from));
}

std::vector<std::pair<std::uint64_t, std::uint64_t>> ReadTables::totals_before(
    events::PollId id, events::TimeMs first, events::TimeMs last, std::int64_t step_ms) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> totals;
  const auto rows = transaction_.exec_params(
      "SELECT coalesce(h.counted, 0), coalesce(h.voided, 0)"
      " FROM generate_series($2::bigint, $3::bigint, $4::bigint) AS bound LEFT JOIN LATERAL"
      " (SELECT counted, voided FROM result_history WHERE poll_id = $1 AND at < bound"
      " ORDER BY at DESC, seq DESC LIMIT 1) h ON true ORDER BY bound",
      fields::bigint(id), first, last, step_ms);
  for (const auto& row : rows) {
    totals.emplace_back(static_cast<std::uint64_t>(fields::integer(row[0])),
                        static_cast<std::uint64_t>(fields::integer(row[1])));
  }
  return totals;
}

}  // namespace flashpoll::query
