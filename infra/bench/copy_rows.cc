#include "infra/bench/copy_rows.h"

#include <algorithm>
#include <string>
#include <vector>

#include "infra/bench/load.h"
#include "infra/bench/sample_votes.h"
#include "infra/runtime/check.h"
#include "projector/row_params.h"

namespace flashpoll::bench {

namespace {

constexpr std::uint64_t kBatch = 10'000;

/// The next votes as the rows that the projector would make of them.
std::string next_rows(SampleVotes& votes, std::uint64_t& number, std::uint64_t count, int polls) {
  std::vector<projector::Step> steps(1);
  for (std::uint64_t i = 0; i < count; ++i, ++number) {
    const events::VoteCast vote = votes.next_event();
    projector::EntryRow row;
    row.poll = vote.poll;
    row.seq = events::Seq(1 + number / static_cast<std::uint64_t>(polls));
    row.at = 1'790'000'000'000 + static_cast<std::int64_t>(number);
    row.type = 2;
    row.voter = vote.voter;
    row.vote_id = vote.vote_id;
    row.choices = vote.choices;
    row.added = vote.choices;
    steps[0].rows.entries.push_back(std::move(row));
  }
  return projector::entry_rows(steps).finish();
}

}  // namespace

Figures copy_vote_rows(const Options& options, Site& site, int polls) {
  const Pinned here(options.server_core());
  pg::Connection connection(site.database());
  connection.set_limit(std::chrono::minutes(10));
  const std::string schema(
      connection.exec("SELECT schema_name FROM checkpoints.read_pointer").bytes(0, 0));
  connection.exec("CREATE TABLE baseline (LIKE " + schema + ".poll_events INCLUDING ALL)");
  const std::string copy =
      "COPY baseline " + std::string(projector::kEntryColumns) + " FROM STDIN (FORMAT binary)";
  SampleVotes votes(polls);
  std::uint64_t number = 0;
  double seconds = 0;
  const Usage before = site.storage_usage();
  while (number < options.records) {
    const std::uint64_t count = std::min(kBatch, options.records - number);
    const std::string rows = next_rows(votes, number, count, polls);
    const Time begin = std::chrono::steady_clock::now();
    FP_CHECK(connection.copy_in(copy, rows) == static_cast<std::int64_t>(count), "all are in");
    seconds += seconds_between(begin, std::chrono::steady_clock::now());
  }
  const double storage = site.storage_usage().cpu_seconds - before.cpu_seconds;
  connection.exec("DROP TABLE baseline");
  const auto records = static_cast<double>(options.records);
  return {{"rate /s", records / seconds}, {"storage cpu us", storage * 1e6 / records}};
}

}  // namespace flashpoll::bench
