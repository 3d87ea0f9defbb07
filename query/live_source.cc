#include "query/live_source.h"

#include <algorithm>

#include "infra/runtime/fault.h"

namespace flashpoll::query {

namespace {

LiveSource::Found find(ReadTables& tables, const std::vector<events::PollId>& polls) {
  LiveSource::Found found{tables.polls(polls), {}};
  if (found.rows.size() == polls.size()) return found;
  for (const events::PollId poll : polls) {
    const bool is_known =
        std::any_of(found.rows.begin(), found.rows.end(),
                    [&](const PollRow& row) { return row.settings.poll == poll; });
    if (!is_known && tables.is_parked(poll)) found.parked.push_back(poll);
  }
  return found;
}

/// Submits; what cannot be queued or done is told as nothing.
template <typename Answer, typename Read>
void submit(ReadPool& pool, Read read, std::function<void(std::optional<Answer>)> done) {
  try {
    pool.submit([read = std::move(read), done](ReadTables& tables) { done(read(tables)); },
                [done](const std::exception_ptr&) { done(std::nullopt); });
  } catch (const Overloaded&) {
    done(std::nullopt);
  } catch (const Unavailable&) {
    done(std::nullopt);
  }
}

}  // namespace

void PoolSource::read(std::vector<events::PollId> polls,
                      std::function<void(std::optional<Found>)> done) {
  submit<Found>(
      pool_, [polls = std::move(polls)](ReadTables& tables) { return find(tables, polls); },
      std::move(done));
}

void PoolSource::look_up(std::vector<Ballot> ballots,
                         std::function<void(std::optional<std::vector<bool>>)> done) {
  submit<std::vector<bool>>(
      pool_,
      [ballots = std::move(ballots)](ReadTables& tables) {
        std::vector<bool> stands;
        for (const Ballot& ballot : ballots) {
          const auto standing = tables.standing(ballot.poll, ballot.voter);
          stands.push_back(standing && standing->choices);
        }
        return stands;
      },
      std::move(done));
}

}  // namespace flashpoll::query
