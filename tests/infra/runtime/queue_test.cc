#include <doctest/doctest.h>

#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "infra/runtime/bounded_queue.h"
#include "infra/runtime/thread.h"

namespace flashpoll::runtime {
namespace {

using Item = std::unique_ptr<int>;
constexpr std::chrono::milliseconds kLong = std::chrono::seconds(30);
constexpr std::chrono::milliseconds kNow{0};

}  // namespace

TEST_CASE("what gathered is drained at once and in order") {
  BoundedQueue<Item> queue(8);
  for (int i = 0; i < 3; ++i) CHECK(queue.push(std::make_unique<int>(i)));
  CHECK(queue.size() == 3);
  std::vector<Item> batch;
  CHECK(queue.drain(batch, kLong));
  REQUIRE(batch.size() == 3);
  for (int i = 0; i < 3; ++i) CHECK(*batch[static_cast<std::size_t>(i)] == i);
  CHECK(queue.drain(batch, kNow));
  CHECK(batch.empty());
}

TEST_CASE("a full queue refuses and leaves the item with the caller") {
  BoundedQueue<Item> queue(1);
  CHECK(queue.push(std::make_unique<int>(1)));
  auto refused = std::make_unique<int>(2);
  CHECK_FALSE(queue.push(std::move(refused)));
  REQUIRE(refused);
  std::vector<Item> batch;
  CHECK(queue.drain(batch, kNow));
  CHECK(queue.push(std::move(refused)));
}

TEST_CASE("a closed queue takes nothing, gives what it has, then ends") {
  BoundedQueue<Item> queue(4);
  CHECK(queue.push(std::make_unique<int>(1)));
  queue.close();
  CHECK_FALSE(queue.push(std::make_unique<int>(2)));
  std::vector<Item> batch;
  CHECK(queue.drain(batch, kLong));
  CHECK(batch.size() == 1);
  CHECK_FALSE(queue.drain(batch, kLong));
  CHECK(batch.empty());
}

TEST_CASE("push, wake and close each end a long wait") {
  BoundedQueue<Item> queue(4);
  std::vector<Item> batch;
  const auto during = [&](auto act) {
    const auto began = std::chrono::steady_clock::now();
    const auto thread = start_thread("queue-test", act);
    const bool open = queue.drain(batch, kLong);
    CHECK(std::chrono::steady_clock::now() - began < kLong / 2);
    return open;
  };
  CHECK(during([&] { (void)queue.push(std::make_unique<int>(5)); }));
  CHECK(batch.size() == 1);
  CHECK(during([&] { queue.wake(); }));
  CHECK(batch.empty());
  CHECK_FALSE(during([&] { queue.close(); }));
}

TEST_CASE("items gather until the time is over or an urgent one comes") {
  BoundedQueue<Item> queue(4);
  const auto took = [&](std::chrono::microseconds wait) {
    const auto began = std::chrono::steady_clock::now();
    queue.gather(wait);
    return std::chrono::steady_clock::now() - began;
  };
  const auto during = [&](auto act) {
    const auto thread = start_thread("queue-test", act);
    return took(kLong);
  };
  CHECK(queue.push(std::make_unique<int>(1)));
  CHECK(took(std::chrono::milliseconds(20)) >= std::chrono::milliseconds(20));
  CHECK(during([&] { (void)queue.push_urgent(std::make_unique<int>(2)); }) < kLong / 2);
  CHECK(took(kLong) < kLong / 2);
  std::vector<Item> batch;
  CHECK(queue.drain(batch, kNow));
  CHECK(batch.size() == 2);
  // What was drained ends no wait.
  CHECK(took(std::chrono::milliseconds(20)) >= std::chrono::milliseconds(20));
  CHECK(during([&] { queue.wake(); }) < kLong / 2);
  CHECK(queue.drain(batch, kNow));
  CHECK(during([&] { queue.close(); }) < kLong / 2);
}

TEST_CASE("a full queue refuses an urgent item, too") {
  BoundedQueue<Item> queue(1);
  CHECK(queue.push_urgent(std::make_unique<int>(1)));
  auto refused = std::make_unique<int>(2);
  CHECK_FALSE(queue.push_urgent(std::move(refused)));
  CHECK(refused);
}

TEST_CASE("four producers and one consumer: nothing is lost, doubled or out of order") {
  constexpr int kEach = 5000;
  BoundedQueue<std::pair<int, int>> queue(64);
  std::vector<std::jthread> producers;
  for (int id = 0; id < 4; ++id) {
    producers.push_back(start_thread("producer", [&queue, id] {
      for (int i = 0; i < kEach; ++i) {
        while (!queue.push({id, i})) std::this_thread::yield();
      }
    }));
  }
  std::vector<int> next(4, 0);
  std::vector<std::pair<int, int>> batch;
  int wrong = 0;
  while (std::accumulate(next.begin(), next.end(), 0) < 4 * kEach) {
    REQUIRE(queue.drain(batch, kLong));
    REQUIRE(batch.size() <= 64);
    REQUIRE_FALSE(batch.empty());
    for (const auto& [id, i] : batch) wrong += next[static_cast<std::size_t>(id)]++ != i;
  }
  CHECK(wrong == 0);
}

TEST_CASE("a thread carries its name and is told to stop when its object goes") {
  std::string name;
  bool stopped = false;
  {
    BoundedQueue<int> seen(1);
    const auto thread = start_thread("fp-named", [&](std::stop_token stop) {
      char text[16] = {};
      pthread_getname_np(pthread_self(), text, sizeof text);
      name = text;
      std::stop_callback on_stop(stop, [&] { seen.close(); });
      std::vector<int> none;
      stopped = !seen.drain(none, kLong);
    });
  }
  CHECK(name == "fp-named");
  CHECK(stopped);
}

TEST_CASE("a pause ends in time, or at once when the thread is told to stop") {
  CHECK(pause({}, std::chrono::milliseconds(1)));
  const auto began = std::chrono::steady_clock::now();
  bool went_on = true;
  {
    auto thread =
        start_thread("pausing", [&](const std::stop_token& stop) { went_on = pause(stop, kLong); });
    thread.request_stop();
  }
  CHECK_FALSE(went_on);
  CHECK(std::chrono::steady_clock::now() - began < kLong / 2);
}

}  // namespace flashpoll::runtime
