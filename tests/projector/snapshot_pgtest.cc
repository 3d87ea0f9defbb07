#include <doctest/doctest.h>

#include "events/snapshot.h"
#include "infra/crypto/hash.h"
#include "infra/runtime/fault.h"
#include "projector/snapshot_writer.h"
#include "tests/projector/worker_bench.h"

namespace flashpoll::test {

using Rows = std::vector<std::string>;

namespace {

const events::PollId kLunch = poll_id(7);
const events::PollId kDinner = poll_id(3);
constexpr std::chrono::milliseconds kLimit{1000};

/// A store that counts what is read from it and damages what is written.
class Spy final : public ledger::CheckpointStore {
 public:
  explicit Spy(ledger::CheckpointStore& store) : store_(store) {}
  bool lease(const std::string& holder, std::int64_t ttl_ms) override {
    return store_.lease(holder, ttl_ms);
  }
  void put(const std::string& id, const std::vector<ledger::CheckpointPart>& parts) override {
    auto damaged = parts;
    if (flip_bit) damaged.back().bytes.back() ^= 1;
    if (forget_part) damaged.pop_back();
    store_.put(id, damaged);
  }
  bool commit(const ledger::Checkpoint& checkpoint, const std::string& previous) override {
    if (fail_commit) throw Unavailable("gone");
    return store_.commit(checkpoint, previous);
  }
  std::vector<ledger::Checkpoint> newest() override { return store_.newest(); }
  void read(const std::string& id,
            const std::function<void(ledger::CheckpointPart)>& each) override {
    store_.read(id, each);
  }

  bool flip_bit = false;
  bool forget_part = false;
  bool fail_commit = false;

 private:
  ledger::CheckpointStore& store_;
};

/// A poll with votes in each of two partitions.
void append_votes(Workshop& shop) {
  shop.append(opening(kLunch));
  shop.append(opening(kDinner));
  for (std::uint8_t who = 1; who <= 9; ++who) {
    shop.append(ballot(kLunch, who, {static_cast<std::uint8_t>(who % 3)}));
    shop.append(ballot(kDinner, who, {0}));
  }
}

projector::ProjectorPorts with(Workshop& shop, ledger::CheckpointStore& store) {
  return {.ledger = shop.ledger,
          .checkpoints = store,
          .clock = shop.clock,
          .log = shop.lines,
          .metrics = shop.metrics};
}

/// Folds all there is, and writes a snapshot at an orderly stop.
void write_snapshot(Workshop& shop, ledger::CheckpointStore& store,
                    const projector::ProjectorSettings& settings) {
  projector::Worker worker(with(shop, store), settings);
  worker.start();
  shop.drain(worker);
  worker.finish(kLimit);
}
void write_snapshot(Workshop& shop) {
  write_snapshot(shop, shop.checkpoints, shop.settings("writer"));
}

/// Records that a new worker finds folded already.
ledger::Offset restored(Workshop& shop) {
  const auto worker = shop.worker("reader");
  ledger::Offset sum = 0;
  for (const auto& [partition, fold] : worker->folds()) sum += fold.next();
  return sum;
}

void check_goes_on(Workshop& shop) {
  shop.append(ballot(kLunch, 3, {1}, events::Seq(3), 9));
  shop.append(ballot(kLunch, 20, {2}));
  shop.drain(*shop.worker("next"));
  CHECK(shop.dump("read_1") == shop.dump_of_refold(shop.settings("refold")));
}

}  // namespace

TEST_CASE("a start takes the fold from the snapshot of an orderly stop") {
  Workshop shop(2);
  append_votes(shop);
  write_snapshot(shop);
  CHECK(restored(shop) == 20);
  check_goes_on(shop);
}

TEST_CASE("a snapshot is written while records come, by pieces, after so many records") {
  Workshop shop(2);
  auto settings = shop.settings("writer");
  settings.snapshot_after = 15;
  auto worker = shop.worker(settings);
  append_votes(shop);
  shop.drain(*worker);
  for (std::uint8_t who = 30; shop.checkpoints.newest().empty() && who < 90; ++who) {
    shop.append(ballot(kLunch, who, {0}));
    worker->round(shop.all(), std::chrono::milliseconds(1));
  }
  CHECK(shop.checkpoints.newest().size() == 1);
  CHECK(restored(shop) >= 20);
  check_goes_on(shop);
}

TEST_CASE("the same records are not written again by another process") {
  Workshop shop(2);
  append_votes(shop);
  write_snapshot(shop);
  const std::string id = shop.checkpoints.newest().front().id;
  shop.clock.advance(60'000);
  write_snapshot(shop, shop.checkpoints, shop.settings("other"));
  CHECK(shop.checkpoints.newest().front().id == id);
}

TEST_CASE("without the writers' lease no snapshot is written") {
  Workshop shop(2);
  append_votes(shop);
  REQUIRE(shop.checkpoints.lease("somebody else", 60'000));
  write_snapshot(shop);
  CHECK(shop.checkpoints.newest().empty());
}

TEST_CASE("a snapshot whose manifest was not written is not there") {
  Workshop shop(2);
  append_votes(shop);
  Spy spy(shop.checkpoints);
  spy.fail_commit = true;
  write_snapshot(shop, spy, shop.settings("writer"));
  CHECK(restored(shop) == 0);
  check_goes_on(shop);
}

TEST_CASE("a snapshot with a flipped bit, or a missing part, is not used") {
  for (const bool flip : {true, false}) {
    Workshop shop(2);
    append_votes(shop);
    Spy spy(shop.checkpoints);
    spy.flip_bit = flip;
    spy.forget_part = !flip;
    write_snapshot(shop, spy, shop.settings("writer"));
    REQUIRE(shop.checkpoints.newest().size() == 1);
    CHECK(restored(shop) == 0);
    check_goes_on(shop);
  }
}

TEST_CASE("when the newest snapshot is damaged the one before serves") {
  Workshop shop(2);
  append_votes(shop);
  write_snapshot(shop);
  shop.append(ballot(kLunch, 50, {0}));
  shop.clock.advance(60'000);
  Spy spy(shop.checkpoints);
  spy.flip_bit = true;
  write_snapshot(shop, spy, shop.settings("other"));
  REQUIRE(shop.checkpoints.newest().size() == 2);
  CHECK(restored(shop) == 20);
  check_goes_on(shop);
}

TEST_CASE("a snapshot of a newer build, or of another deployment, is not used") {
  for (const bool newer : {true, false}) {
    Workshop shop(2);
    append_votes(shop);
    auto settings = shop.settings("writer");
    if (newer) {
      settings.reader = events::kReaderVersion + 1;
    } else {
      settings.key[0] = 1;
    }
    write_snapshot(shop, shop.checkpoints, settings);
    REQUIRE(shop.checkpoints.newest().size() == 1);
    CHECK(restored(shop) == 0);
  }
}

TEST_CASE("a snapshot that is ahead of the read tables is not used") {
  Workshop shop(2);
  append_votes(shop);
  write_snapshot(shop);
  projector::create_read_tables(shop.database.connection(), "read_2", 2);
  shop.database.exec("UPDATE checkpoints.read_pointer SET schema_name = 'read_2'");
  CHECK(restored(shop) == 0);
  shop.drain(*shop.worker("next"));
  CHECK(shop.dump("read_1") == shop.dump("read_2"));
}

TEST_CASE("a snapshot keeps a parked poll, which a newer build then takes on from there") {
  Workshop shop(1);
  shop.append(opening(kLunch));
  shop.append(ballot(kLunch, 1, {0}));
  shop.append(events::PollExtended{kLunch, uuid(4), kOpeningTime + 9'000'000});
  shop.append(ballot(kLunch, 2, {1}));
  auto older = shop.settings("older");
  older.decoder = without("poll.extended.v1");
  write_snapshot(shop, shop.checkpoints, older);
  shop.append(ballot(kLunch, 3, {1}));
  const auto worker = shop.worker("newer");
  CHECK(worker->folds().at(0).next() == 4);
  CHECK(worker->folds().at(0).fold().is_parked(kLunch));
  shop.drain(*worker);
  CHECK(shop.database.row("SELECT seq, votes, status FROM read_1.poll_results") == "4|{1,2,0}|0");
  CHECK(shop.dump("read_1") == shop.dump_of_refold(shop.settings("refold")));
}

}  // namespace flashpoll::test
