#include "query/fanout.h"

#include "query/watchers.h"

namespace flashpoll::query {

using runtime::MutexLock;

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
    for (const auto& [key, receiver] : it->second) receivers.push_back(receiver);
    for (const auto& receiver : receivers) receiver->take(news);
  }
}

}  // namespace flashpoll::query
