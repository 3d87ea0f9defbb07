#include "tests/infra/http/subscribers.h"

#include <doctest/doctest.h>

#include <chrono>
#include <utility>

namespace flashpoll::http {

namespace {
constexpr std::chrono::seconds kPatience{20};
}

std::function<ChannelEvents(std::shared_ptr<Channel>)> Subscribers::opener() {
  return [this](std::shared_ptr<Channel> channel) {
    auto one = std::make_shared<One>(One{std::move(channel), nullptr});
    const std::lock_guard lock(mutex_);
    open_.push_back(one);
    ++opened_;
    changed_.notify_all();
    return ChannelEvents{.on_idle = [this, one] { offer(one); },
                         .on_text =
                             [this](std::string_view text) {
                               const std::lock_guard inner(mutex_);
                               texts_.emplace_back(text);
                               changed_.notify_all();
                             },
                         .on_closed =
                             [this, one] {
                               const std::lock_guard inner(mutex_);
                               std::erase(open_, one);
                               ++closed_;
                               changed_.notify_all();
                             }};
  };
}

void Subscribers::offer(const std::shared_ptr<One>& one) {
  if (one->next == nullptr || one->channel->busy()) return;
  one->channel->send(std::exchange(one->next, nullptr));
  const std::lock_guard lock(mutex_);
  ++sent_;
}

void Subscribers::publish(const std::string& frame) {
  const auto shared = std::make_shared<const std::string>(frame);
  const std::lock_guard lock(mutex_);
  for (const auto& one : open_) {
    one->channel->post([this, one, shared] {
      one->next = shared;
      offer(one);
    });
  }
}

void Subscribers::close(int code, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  for (const auto& one : open_) {
    one->channel->post([one, code, reason] { one->channel->close(code, reason); });
  }
}

bool Subscribers::opened_become(std::size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [this, count] { return opened_ == count; });
}

bool Subscribers::closed_become(std::size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [this, count] { return closed_ == count; });
}

bool Subscribers::closed_become_at_once(std::size_t count) {
  const std::lock_guard lock(mutex_);
  return closed_ == count;
}

std::vector<std::string> Subscribers::texts(std::size_t count) {
  std::unique_lock lock(mutex_);
  REQUIRE(changed_.wait_for(lock, kPatience, [this, count] { return texts_.size() >= count; }));
  return texts_;
}

std::size_t Subscribers::sent() {
  const std::lock_guard lock(mutex_);
  return sent_;
}

}  // namespace flashpoll::http
