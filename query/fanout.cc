#include "query/fanout.h"

#include "infra/runtime/fetch_ahead.h"
#include "query/watchers.h"

namespace flashpoll::query {

using runtime::MutexLock;

namespace {

/// Between two frames the memory of thousands of receivers has left the caches: it is fetched while
/// others are served, of a receiver first himself, then what he refers to.
constexpr std::size_t kFetchAhead = 16;
constexpr std::size_t kExpectAhead = 8;
constexpr std::size_t kReceiverBytes = 192;  // about

void tell_all(const std::vector<std::shared_ptr<Receiver>>& receivers,
              const std::shared_ptr<const Announcement>& news) {
  runtime::for_each_fetched(receivers, kFetchAhead, kReceiverBytes, [&](std::size_t i) {
    if (i + kExpectAhead < receivers.size()) receivers[i + kExpectAhead]->expect();
    receivers[i]->take(news);
  });
}

}  // namespace

void Fanout::enter(const std::shared_ptr<http::Channel>& channel) {
  const MutexLock lock(mutex_);
  channels_.emplace(channel.get(), channel);
}

void Fanout::exit(const http::Channel& channel) {
  {
    const MutexLock lock(mutex_);
    channels_.erase(&channel);
    if (channels_.empty()) mail_.clear();
    if (!posted_) return;
  }
  deliver();
}

std::shared_ptr<const Announcement> Fanout::join(events::PollId poll,
                                                 const std::shared_ptr<Receiver>& receiver) {
  receivers_[poll].emplace(receiver.get(), receiver);
  return watchers_.join(poll, *this);
}

void Fanout::leave(events::PollId poll, const Receiver& receiver) {
  const auto it = receivers_.find(poll);
  if (it == receivers_.end()) return;
  it->second.erase(&receiver);
  if (!it->second.empty()) return;
  receivers_.erase(it);
  watchers_.leave(poll, *this);
}

void Fanout::push(const std::shared_ptr<const Announcement>& news) {
  std::shared_ptr<http::Channel> carrier;
  {
    const MutexLock lock(mutex_);
    if (channels_.empty()) return;
    mail_[news->poll] = news;
    if (posted_) return;
    posted_ = true;
    carrier = channels_.begin()->second;
  }
  // When the carrier closes before the task runs, its `exit` is still to come and delivers.
  carrier->post([self = shared_from_this()] { self->deliver(); });
}

void Fanout::deliver() {
  std::unordered_map<events::PollId, std::shared_ptr<const Announcement>> mail;
  {
    const MutexLock lock(mutex_);
    posted_ = false;
    mail.swap(mail_);
  }
  for (const auto& [poll, news] : mail) {
    const auto it = receivers_.find(poll);
    if (it == receivers_.end()) continue;
    std::vector<std::shared_ptr<Receiver>> receivers;  // who takes the last one leaves
    receivers.reserve(it->second.size());
    // Their counts, which the copies change.
    for (const auto& [key, receiver] : it->second) runtime::fetch_ahead(key, 1);
    for (const auto& [key, receiver] : it->second) receivers.push_back(receiver);
    tell_all(receivers, news);
  }
}

}  // namespace flashpoll::query
