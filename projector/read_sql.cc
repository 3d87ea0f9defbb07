#include "projector/read_sql.h"

namespace flashpoll::projector::sql {

std::string in_schema(std::string_view text, const std::string& schema) {
  static constexpr std::string_view kPlaceholder = "read_N";
  std::string sql;
  for (std::size_t at = 0;;) {
    const std::size_t found = text.find(kPlaceholder, at);
    sql += text.substr(at, found - at);
    if (found == std::string_view::npos) return sql;
    sql += schema;
    at = found + kPlaceholder.size();
  }
}

std::string move_positions(const std::string& schema, bool serving) {
  std::string text = R"(
    WITH held AS MATERIALIZED (
      SELECT partition FROM read_N.positions WHERE partition = ANY($1)
      ORDER BY partition FOR UPDATE)
    UPDATE read_N.positions p
    SET next_offset = s.next, last_offset = s.last, last_digest = s.digest, reader = $6
    FROM unnest($1, $2, $3, $4, $5) AS s(partition, old, next, last, digest)
    JOIN held ON held.partition = s.partition
    WHERE p.partition = s.partition AND p.next_offset = s.old AND p.reader <= $6)";
  if (serving) {
    text += " AND EXISTS (SELECT FROM checkpoints.read_pointer WHERE schema_name = 'read_N')";
  }
  return in_schema(text + " RETURNING p.partition", schema);
}

std::string put_results(const std::string& schema) {
  return in_schema(R"(
    INSERT INTO read_N.poll_results
      (poll_id, seq, at, votes, voters, counted, voided, status)
    SELECT poll_id, seq, at, votes::bigint[], voters, counted, voided, status
    FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
      AS t(poll_id, seq, at, votes, voters, counted, voided, status)
    ON CONFLICT (poll_id) DO UPDATE SET
      seq = EXCLUDED.seq, at = EXCLUDED.at, votes = EXCLUDED.votes, voters = EXCLUDED.voters,
      counted = EXCLUDED.counted, voided = EXCLUDED.voided, status = EXCLUDED.status)",
                   schema);
}

std::string put_polls(const std::string& schema) {
  return in_schema(R"(
    INSERT INTO read_N.polls AS p
      (poll_id, min, max, method, results, eligibility, allow_change, opened_at, opens_at,
       closes_at, first_closes_at, state, codes_issued, closed_seq, closed_at, closed_by,
       hidden_seq, hidden_at, opening_id, question, choices, manage, key)
    SELECT poll_id, min, max, method, results, eligibility, allow_change <> 0, opened_at, opens_at,
       closes_at, first_closes_at, state, codes_issued, nullif(closed_seq, -1),
       nullif(closed_at, -1), nullif(closed_by, -1), nullif(hidden_seq, -1),
       nullif(hidden_at, -1), opening_id::uuid, question, choices::text[], manage, key
    FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                $19, $20, $21, $22, $23)
      AS t(poll_id, min, max, method, results, eligibility, allow_change, opened_at, opens_at,
           closes_at, first_closes_at, state, codes_issued, closed_seq, closed_at, closed_by,
           hidden_seq, hidden_at, opening_id, question, choices, manage, key)
    ON CONFLICT (poll_id) DO UPDATE SET
      closes_at = EXCLUDED.closes_at, state = EXCLUDED.state,
      codes_issued = EXCLUDED.codes_issued, closed_seq = EXCLUDED.closed_seq,
      closed_at = EXCLUDED.closed_at, closed_by = coalesce(EXCLUDED.closed_by, p.closed_by),
      hidden_seq = EXCLUDED.hidden_seq, hidden_at = EXCLUDED.hidden_at)",
                   schema);
}

std::string put_parked(const std::string& schema) {
  return in_schema(R"(
    INSERT INTO read_N.parked_polls (poll_id, partition, record_offset, type, seq, at)
    VALUES ($1, $2, $3, $4, nullif($5, -1), nullif($6, -1))
    ON CONFLICT (poll_id) DO UPDATE SET
      record_offset = EXCLUDED.record_offset, type = EXCLUDED.type, seq = EXCLUDED.seq,
      at = EXCLUDED.at)",
                   schema);
}

std::string put_strays(const std::string& schema) {
  return in_schema(R"(
    INSERT INTO read_N.stray_records
      (partition, record_offset, append_time, cause, size, key, value)
    SELECT $1, record_offset, append_time, cause, size, key, value
    FROM unnest($2, $3, $4, $5, $6, $7) AS t(record_offset, append_time, cause, size, key, value))",
                   schema);
}

std::string trim_strays(const std::string& schema) {
  return in_schema(R"(
    DELETE FROM read_N.stray_records WHERE partition = $1 AND record_offset <= (
      SELECT record_offset FROM read_N.stray_records WHERE partition = $1
      ORDER BY record_offset DESC OFFSET $2 LIMIT 1))",
                   schema);
}

std::string notify(const std::string& schema) {
  return in_schema(R"(
    SELECT CASE WHEN $2 <> '' THEN pg_notify($1, $2)::text END
    FROM checkpoints.read_pointer WHERE schema_name = 'read_N')",
                   schema);
}

}  // namespace flashpoll::projector::sql
