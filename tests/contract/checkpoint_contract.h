#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "infra/ledger/checkpoint.h"

/// What every checkpoint store holds. A backend is a class, made anew for each case, with
///   CheckpointStore& store()
///   void pass(std::int64_t ms)      lets the store's clock pass so much
/// Run all of it with `CHECKPOINT_CONTRACT(Backend)`.
namespace flashpoll::ledger::test {

inline std::vector<CheckpointPart> parts_of(CheckpointStore& store, const std::string& id) {
  std::vector<CheckpointPart> parts;
  store.read(id, [&](CheckpointPart part) { parts.push_back(std::move(part)); });
  return parts;
}

inline std::vector<std::string> ids_of(CheckpointStore& store) {
  std::vector<std::string> ids;
  for (const Checkpoint& checkpoint : store.newest()) ids.push_back(checkpoint.id);
  return ids;
}

TEST_CASE_TEMPLATE_DEFINE("a checkpoint is there when its manifest is", Backend, manifest) {
  Backend backend;
  CheckpointStore& store = backend.store();
  CHECK(store.newest().empty());
  const std::string bytes("\0\xff'\\", 4);
  store.put("one", {{"b", bytes}, {"a", ""}});
  store.put("one", {{"B", std::string(1 << 20, 'x')}});
  CHECK(store.newest().empty());
  CHECK(store.commit({"one", bytes}, ""));
  REQUIRE(store.newest().size() == 1);
  CHECK(store.newest()[0].manifest == bytes);
  const auto parts = parts_of(store, "one");
  REQUIRE(parts.size() == 3);
  CHECK(parts[0].name == "B");
  CHECK(parts[0].bytes.size() == 1 << 20);
  CHECK(parts[1].name == "a");
  CHECK(parts[1].bytes.empty());
  CHECK(parts[2].bytes == bytes);
  CHECK(parts_of(store, "two").empty());
}

TEST_CASE_TEMPLATE_DEFINE("two checkpoints are kept, the newest first", Backend, two) {
  Backend backend;
  CheckpointStore& store = backend.store();
  std::string previous;
  for (const std::string id : {"z", "y", "x", "w"}) {
    store.put(id, {{"part", id}});
    CHECK(store.commit({id, "manifest of " + id}, previous));
    previous = id;
  }
  CHECK(ids_of(store) == std::vector<std::string>{"w", "x"});
  CHECK(parts_of(store, "w").size() == 1);
  CHECK(parts_of(store, "x").size() == 1);
  CHECK(parts_of(store, "y").empty());
}

TEST_CASE_TEMPLATE_DEFINE("a writer that was overtaken changes nothing", Backend, overtaken) {
  Backend backend;
  CheckpointStore& store = backend.store();
  store.put("first", {{"p", "1"}});
  CHECK(store.commit({"first", "m"}, ""));
  store.put("mine", {{"p", "2"}});
  CHECK_FALSE(store.commit({"mine", "m"}, ""));
  CHECK_FALSE(store.commit({"mine", "m"}, "another"));
  CHECK(ids_of(store) == std::vector<std::string>{"first"});
  CHECK(parts_of(store, "first").size() == 1);
  CHECK(store.commit({"mine", "m"}, "first"));
  // After a lost answer the same call is made again.
  CHECK(store.commit({"mine", "m"}, "first"));
  CHECK(ids_of(store) == std::vector<std::string>{"mine", "first"});
}

TEST_CASE_TEMPLATE_DEFINE("parts of many pages come once each, in the order of names", Backend,
                          many) {
  Backend backend;
  CheckpointStore& store = backend.store();
  std::vector<CheckpointPart> parts;
  for (int i = 999; i >= 900; --i) parts.push_back({"part" + std::to_string(i), std::to_string(i)});
  store.put("id", parts);
  CHECK(store.commit({"id", ""}, ""));
  const auto found = parts_of(store, "id");
  REQUIRE(found.size() == 100);
  for (int i = 0; i < 100; ++i) {
    CHECK(found[static_cast<std::size_t>(i)].bytes == std::to_string(900 + i));
  }
}

TEST_CASE_TEMPLATE_DEFINE("one holder has the lease until it ends", Backend, lease) {
  Backend backend;
  CheckpointStore& store = backend.store();
  CHECK(store.lease("ann", 60'000));
  CHECK_FALSE(store.lease("bob", 60'000));
  CHECK(store.lease("ann", 60'000));
  CHECK(store.lease("ann", 1));
  backend.pass(20);
  CHECK(store.lease("bob", 60'000));
  CHECK_FALSE(store.lease("ann", 60'000));
}

}  // namespace flashpoll::ledger::test

#define CHECKPOINT_CONTRACT(Backend)             \
  TEST_CASE_TEMPLATE_INVOKE(manifest, Backend);  \
  TEST_CASE_TEMPLATE_INVOKE(two, Backend);       \
  TEST_CASE_TEMPLATE_INVOKE(overtaken, Backend); \
  TEST_CASE_TEMPLATE_INVOKE(many, Backend);      \
  TEST_CASE_TEMPLATE_INVOKE(lease, Backend)
