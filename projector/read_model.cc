#include "projector/read_model.h"

#include <algorithm>

#include "infra/runtime/fault.h"
#include "projector/read_schema.h"
#include "projector/read_sql.h"

namespace flashpoll::projector {

namespace {

constexpr std::size_t kStraysKept = 1000;
constexpr std::size_t kMaxNotified = 300;
constexpr std::size_t kMaxPayloadBytes = 7900;

std::vector<ledger::Partition> partitions_of(std::span<const Step> steps) {
  std::vector<ledger::Partition> partitions;
  for (const Step& step : steps) partitions.push_back(step.partition);
  return partitions;
}

}  // namespace

ReadModel::ReadModel(pg::Connection connection, std::string schema, Tables tables, int reader)
    : schema_(std::move(schema)),
      tables_(tables),
      reader_(reader),
      connection_(std::move(connection)) {}

std::unique_ptr<ReadModel> ReadModel::serving(const pg::Target& target, int reader) {
  pg::Connection connection(target);
  const auto pointer = read_pointer(connection);
  if (!pointer) throw Unavailable("the read tables are not made yet (flashpoll migrate)");
  require_this_shape(connection, pointer->schema);
  return std::make_unique<ReadModel>(std::move(connection), pointer->schema, Tables::serving,
                                     reader);
}

std::map<ledger::Partition, StoredPosition> ReadModel::positions() {
  const pg::Result result =
      connection_.exec("SELECT partition, next_offset, last_offset, reader, last_digest FROM " +
                           schema_ + ".positions",
                       {}, pg::Format::binary);
  std::map<ledger::Partition, StoredPosition> positions;
  for (int row = 0; row < result.rows(); ++row) {
    StoredPosition position{.mark = {.next = result.integer(row, 1), .last = {}},
                            .reader = static_cast<int>(result.integer(row, 3))};
    const std::string_view digest = result.bytes(row, 4);
    if (result.integer(row, 2) >= 0) {
      auto& last = position.mark.last.emplace();
      last.offset = result.integer(row, 2);
      if (digest.size() != last.digest.size()) {
        throw Corrupt(schema_ + ".positions holds a digest of another length");
      }
      std::ranges::copy(digest, last.digest.begin());
    }
    positions.emplace(static_cast<ledger::Partition>(result.integer(row, 0)), position);
  }
  return positions;
}

std::map<ledger::Partition, Stops> ReadModel::stops() {
  const pg::Result result = connection_.exec(
      "SELECT partition, poll_id, record_offset, type FROM " + schema_ + ".parked_polls");
  std::map<ledger::Partition, Stops> stops;
  for (int row = 0; row < result.rows(); ++row) {
    const events::PollId poll(static_cast<std::uint64_t>(result.integer(row, 1)));
    stops[static_cast<ledger::Partition>(result.integer(row, 0))].emplace(
        poll, Stop{result.integer(row, 2), std::string(result.bytes(row, 3))});
  }
  return stops;
}

std::vector<ledger::Partition> ReadModel::write(std::span<const Step> steps) {
  pg::Transaction transaction(connection_);
  if (auto stuck = move(steps); !stuck.empty()) return stuck;
  const Results results = results_of(steps);
  put_rows(steps, results);
  if (!notify(results)) return partitions_of(steps);
  transaction.commit();
  return {};
}

std::vector<ledger::Partition> ReadModel::write(
    Step step, const std::function<std::optional<RowChanges>()>& next) {
  const std::span<const Step> one(&step, 1);
  pg::Transaction transaction(connection_);
  if (auto stuck = move(one); !stuck.empty()) return stuck;
  std::optional<ResultRow> latest;
  while (auto rows = next()) {
    step.rows = std::move(*rows);
    const Results results = results_of(one);
    put_rows(one, results);
    if (!results.empty()) latest = *results.back();
    step.unparked.clear();
  }
  if (!notify(latest ? Results{&*latest} : Results())) return partitions_of(one);
  transaction.commit();
  return {};
}

void ReadModel::put_rows(std::span<const Step> steps, const Results& results) {
  copy("poll_events " + std::string(kEntryColumns), entry_rows(steps));
  copy("result_history " + std::string(kHistoryColumns), history_rows(steps));
  if (!results.empty()) connection_.exec(sql::put_results(schema_), result_params(results));
  const Polls polls = polls_of(steps);
  if (!polls.empty()) connection_.exec(sql::put_polls(schema_), poll_params(polls));
  for (const Step& step : steps) {
    put_parked(step);
    put_strays(step);
  }
}

std::vector<ledger::Partition> ReadModel::move(std::span<const Step> steps) {
  const pg::Result moved = connection_.exec(
      sql::move_positions(schema_, tables_ == Tables::serving), move_params(steps, reader_));
  std::vector<ledger::Partition> stuck = partitions_of(steps);
  for (int row = 0; row < moved.rows(); ++row) {
    std::erase(stuck, static_cast<ledger::Partition>(moved.integer(row, 0)));
  }
  return stuck;
}

void ReadModel::copy(const std::string& table, pg::CopyRows rows) {
  if (rows.rows() == 0) return;
  connection_.copy_in("COPY " + schema_ + '.' + table + " FROM STDIN (FORMAT binary)",
                      std::move(rows).finish());
}

void ReadModel::put_parked(const Step& step) {
  for (const events::PollId poll : step.unparked) {
    connection_.exec("DELETE FROM " + schema_ + ".parked_polls WHERE poll_id = $1",
                     pg::Params().bigint(static_cast<std::int64_t>(poll.bits())));
  }
  for (const ParkedRow& row : step.rows.parked) {
    connection_.exec(sql::put_parked(schema_), parked_params(step.partition, row));
  }
}

void ReadModel::put_strays(const Step& step) {
  const std::span<const StrayRow> all(step.rows.strays);
  if (all.empty()) return;
  connection_.exec(sql::put_strays(schema_),
                   stray_params(step.partition, all.last(std::min(all.size(), kStraysKept))));
  connection_.exec(
      sql::trim_strays(schema_),
      pg::Params().integer(static_cast<std::int32_t>(step.partition)).bigint(kStraysKept));
}

/// Last in a transaction. It reads the pointer once more: a switch that committed while the
/// positions' locks were waited for was not to be seen by the first statement; none can commit from
/// then on.
bool ReadModel::notify(const Results& rows) {
  if (tables_ == Tables::building) return true;
  const pg::Params params = pg::Params().text(kResultsChannel).text(results_payload(rows));
  return connection_.exec(sql::notify(schema_), params).rows() == 1;
}

std::string results_payload(const Results& rows) {
  if (rows.size() > kMaxNotified) return "*";
  std::string payload;
  for (const ResultRow* row : rows) {
    if (!payload.empty()) payload += ',';
    row->poll.append_to(payload);
    payload += ':' + std::to_string(row->seq.value);
  }
  return payload.size() > kMaxPayloadBytes ? "*" : payload;
}

}  // namespace flashpoll::projector
