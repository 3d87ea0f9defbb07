#pragma once

#include "query/hub.h"
#include "query/read_pool.h"

namespace flashpoll::query {

/// The hub's reads on a pool: all polls of a call in one statement of one moment. A pool of the
/// hub's own keeps frames from waiting behind long reads.
class PoolSource final : public LiveSource {
 public:
  explicit PoolSource(ReadPool& pool) : pool_(pool) {}

  void read(std::vector<events::PollId> polls,
            std::function<void(std::optional<Found>)> done) override;
  void look_up(std::vector<Ballot> ballots,
               std::function<void(std::optional<std::vector<bool>>)> done) override;

 private:
  ReadPool& pool_;
};

}  // namespace flashpoll::query
