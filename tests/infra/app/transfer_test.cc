#include <set>

#include "events/fold.h"
#include "infra/runtime/fault.h"
#include "tests/infra/app/transfer_world.h"

namespace flashpoll::app::test {
namespace {

using ledger::MemoryFault;
using Contains = doctest::Contains;

const std::string kPoll = "7Q2M9X4KTB3D";
const std::string kOther = "0ABCDEFGHJKM";

std::string unknown_type(const std::string& poll) {
  return R"({"type":"vote.weighed.v1","poll":")" + poll + "\"}";
}

/// The sample again with another last line.
std::string resealed(const std::string& bytes,
                     const std::function<void(archive::Summary&)>& change) {
  archive::ArchiveReader reader("a.zst", archive::test::source_of(bytes, 65'536));
  std::string changed;
  archive::ArchiveWriter writer(reader.header(), [&](std::string_view piece) { changed += piece; });
  while (true) {
    const archive::Line line = reader.next();
    if (const auto* record = std::get_if<archive::Record>(&line)) writer.record(*record);
    if (const auto* summary = std::get_if<archive::Summary>(&line)) {
      archive::Summary other = *summary;
      change(other);
      (void)writer.finish(other);
      return changed;
    }
  }
}

TEST_CASE("a history moves into any number of partitions, to the byte and the millisecond") {
  for (const auto& [from, to] : {std::pair(12U, 12U), {12U, 5U}, {1U, 40U}, {7U, 1U}}) {
    MemoryWorld source(from);
    const auto kept = source.fill(20'000, 30, from);
    MemoryWorld target(to);
    const Imported imported = import(exported(source), target);
    CHECK(imported.equal());
    CHECK(imported.named.empty());
    CHECK(target.records() == kept);
    CHECK(imported.file.strays == source.size() - target.size());
    CHECK(imported.file.strays > 10);
    CHECK(imported.target.records == target.size());
    CHECK(imported.target.history == imported.file.history);
    CHECK(imported.target.results == imported.file.results);
  }
}

TEST_CASE("the histories of these tests hold every verdict and every cause of strays") {
  flashpoll::test::RandomHistory history(1, 20, {});
  events::Fold fold;
  std::set<std::string, std::less<>> found;
  for (ledger::Offset offset = 0; offset < 50'000; ++offset) {
    const auto item = history.next();
    const events::Decoded decoded = events::decode({0, item.key, item.value}, 1);
    const events::Outcome outcome = fold.fold({offset, item.time_ms}, decoded);
    if (const auto* judged = std::get_if<events::Judged>(&outcome)) {
      found.insert(std::string(events::name(judged->reason)));
    }
    const auto* stray = std::get_if<events::Stray>(&outcome);
    if (stray != nullptr) found.insert(std::string(events::name(stray->cause)));
    CHECK(item.stray == (stray != nullptr));
  }
  for (int reason = 0; reason <= events::kLastReason; ++reason) {
    INFO("reason ", reason);
    CHECK(found.contains(events::name(static_cast<events::Reason>(reason))));
  }
  for (const char* cause : {"not_json", "not_canonical", "never_opened"}) {
    CHECK(found.contains(cause));
  }
}

TEST_CASE("a history that moved twice has the same digests") {
  MemoryWorld first(12);
  (void)first.fill(5'000, 10);
  MemoryWorld second(3);
  const Imported once = import(exported(first), second);
  MemoryWorld third(12);
  const Imported twice = import(exported(second), third);
  CHECK(once.equal());
  CHECK(twice.equal());
  CHECK(twice.file.history == once.file.history);
  CHECK(twice.file.results == once.file.results);
  CHECK(twice.file.strays == 0);
}

TEST_CASE("the same ledger is the same file, and one record makes another") {
  MemoryWorld world(4);
  (void)world.fill(3'000, 10);
  const std::string before = exported(world);
  CHECK(exported(world) == before);
  world.append(kPoll, "{}", 5);
  CHECK(exported(world) != before);
}

TEST_CASE("an empty ledger moves, too") {
  MemoryWorld source(4);
  MemoryWorld target(2);
  const Imported imported = import(exported(source), target);
  CHECK(imported.equal());
  CHECK(target.size() == 0);
}

TEST_CASE("strays are listed with place, time and cause") {
  MemoryWorld source(4);
  const ledger::Partition partition = events::partition_of(kPoll, 4);
  source.append(kPoll, "\xFF", 17);
  source.log->append(std::vector<ledger::Entry>{
      {(partition + 1) % 4, kPoll, R"({"type":"poll.hidden.v1","poll":")" + kPoll + "\"}", 18}});
  const archive::test::Contents contents = archive::test::contents_of(exported(source), 65'536);
  std::vector<std::string> expected = {
      "stray " + std::to_string(partition) + ":0 not_json",
      "stray " + std::to_string((partition + 1) % 4) + ":0 wrong_key"};
  std::ranges::sort(expected);
  CHECK(contents.lines == expected);
  CHECK(contents.summary.strays == 2);
}

TEST_CASE("a ledger with parked polls is not exported, and all of them are named") {
  MemoryWorld source(4);
  const auto kept = source.fill(2'000, 10);
  const std::string& known = kept.begin()->first;
  source.append(known, unknown_type(known), 1);
  source.append(known, unknown_type(known), 2);
  source.append(kOther, unknown_type(kOther), 3);
  CHECK_THROWS_WITH_AS(exported(source), Contains("2 polls are parked"), Corrupt);
  CHECK_THROWS_WITH_AS(exported(source), Contains((known + " (vote.weighed.v1)").c_str()), Corrupt);
  CHECK_THROWS_WITH_AS(exported(source), Contains((kOther + " (vote.weighed.v1)").c_str()),
                       Corrupt);
}

TEST_CASE("a ledger that is not empty is refused") {
  MemoryWorld source(4);
  (void)source.fill(100, 3);
  MemoryWorld target(4);
  target.append(kPoll, "stray", 1);
  CHECK_THROWS_WITH_AS(import(exported(source), target), Contains("not empty"), Corrupt);
  CHECK(target.size() == 1);
}

TEST_CASE("a damaged file is refused before anything is appended") {
  MemoryWorld source(4);
  (void)source.fill(5'000, 3);
  std::string bytes = exported(source);
  MemoryWorld target(4);
  CHECK_THROWS_AS(import(bytes.substr(0, bytes.size() - 1), target), Corrupt);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
  CHECK_THROWS_AS(import(bytes, target), Corrupt);
  CHECK(target.size() == 0);
}

TEST_CASE("a file whose records this build judges otherwise is refused") {
  MemoryWorld source(4);
  (void)source.fill(1'000, 3);
  const std::string bytes = exported(source);
  MemoryWorld target(4);
  CHECK_THROWS_WITH_AS(import(resealed(bytes, [](auto& s) { s.results[0] ^= 1; }), target),
                       Contains("judges its records otherwise"), Corrupt);
  CHECK_THROWS_WITH_AS(import(resealed(bytes, [](auto& s) { s.history[0] ^= 1; }), target),
                       Contains("another digest"), Corrupt);
  CHECK_THROWS_WITH_AS(import(resealed(bytes, [](auto& s) { ++s.keys; }), target),
                       Contains("another digest"), Corrupt);
  CHECK(target.size() == 0);
  CHECK(import(resealed(bytes, [](auto&) {}), target).equal());
}

TEST_CASE("a file with a record that has no effect, or of a type unknown here, is refused") {
  const auto file_with = [](const archive::Record& record) {
    std::string bytes;
    archive::ArchiveWriter writer({.key_fingerprint = kFingerprint, .ends = {1}},
                                  [&](std::string_view piece) { bytes += piece; });
    writer.record(record);
    (void)writer.finish({});
    return bytes;
  };
  MemoryWorld target(4);
  CHECK_THROWS_WITH_AS(import(file_with({1, kPoll, "{}"}), target), Contains("has no effect"),
                       Corrupt);
  CHECK_THROWS_WITH_AS(import(file_with({1, kPoll, unknown_type(kPoll)}), target),
                       Contains("vote.weighed.v1"), Corrupt);
  CHECK(target.size() == 0);
}

TEST_CASE("an append that is not confirmed breaks the import off, and says what to do") {
  MemoryWorld source(4);
  (void)source.fill(5'000, 3);
  const std::string bytes = exported(source);
  for (const auto fault : {MemoryFault::lost_report, MemoryFault::never_lands,
                           MemoryFault::lands_late, MemoryFault::refuse}) {
    MemoryWorld target(4);
    target.ledger.inject({fault});
    CHECK_THROWS_WITH_AS(import(bytes, target), Contains("drop it, make it anew"), Unavailable);
    MemoryWorld gone(4);
    CHECK_THROWS_AS(import(bytes, gone,
                           [&gone](std::string_view what, auto, auto) {
                             if (what == "appended") gone.log->set_away(true);
                           }),
                    Unavailable);
  }
}

TEST_CASE("what came twice or from elsewhere is found when the ledger is read again") {
  MemoryWorld source(4);
  (void)source.fill(5'000, 3);
  const std::string bytes = exported(source);
  MemoryWorld twice(4);
  twice.ledger.inject({MemoryFault::duplicate});
  const Imported doubled = import(bytes, twice);
  CHECK(!doubled.equal());
  REQUIRE(doubled.differing > 0);
  CHECK(doubled.named.size() == doubled.differing);
  CHECK(doubled.named[0].find("records in the ledger") != std::string::npos);

  MemoryWorld disturbed(4);
  const Imported foreign = import(bytes, disturbed, [&](std::string_view what, auto, auto) {
    if (what == "checked") disturbed.append(kPoll, "from elsewhere", 1);
  });
  CHECK(!foreign.equal());
  CHECK(foreign.differing == 0);
  CHECK(foreign.target.strays > 0);

  MemoryWorld changed(1);
  bool exchanged = false;
  const Imported other = import(bytes, changed, [&](std::string_view what, auto, auto) {
    if (what != "appended" || exchanged) return;
    const auto tail = changed.ledger.tail({{0, 0}});
    const auto records = tail->read(1, std::chrono::seconds(20));
    REQUIRE(!records.empty());
    std::string value(records[0].value);
    value.at(value.find("choice 0")) = 'C';
    exchanged = true;
    changed.log->exchange(0, 0, value);
  });
  CHECK(other.differing == 1);
  CHECK(other.named[0].find("other records") != std::string::npos);
}

TEST_CASE("few batches are under way at a time") {
  MemoryWorld source(4);
  const auto kept = source.fill(30'000, 10);
  MemoryWorld target(3, {.pending_entries = 8'000, .per_mille = {}, .report_delay_steps = 5});
  CHECK(import(exported(source), target).equal());
  CHECK(target.records() == kept);
}

TEST_CASE("progress is told of each part, up to its end") {
  MemoryWorld source(4);
  (void)source.fill(5'000, 3);
  MemoryWorld target(4);
  std::map<std::string, std::uint64_t, std::less<>> done;
  const Imported imported =
      import(exported(source), target, [&](std::string_view what, auto now, auto total) {
        CHECK(now >= done[std::string(what)]);
        CHECK(now <= total);
        done[std::string(what)] = now;
      });
  const std::uint64_t records = imported.file.records;
  CHECK(done == std::map<std::string, std::uint64_t, std::less<>>{
                    {"checked", records}, {"appended", records}, {"compared", records}});
}

}  // namespace
}  // namespace flashpoll::app::test
