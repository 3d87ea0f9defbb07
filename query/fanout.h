#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <memory>
#include <unordered_map>
#include <vector>

#include "infra/http/http.h"
#include "infra/runtime/mutex.h"
#include "query/frames.h"

namespace flashpoll::query {

class Watchers;

/// Subscriber of one poll on one channel; all calls on the channel's I/O thread.
class Receiver {
 public:
  virtual ~Receiver() = default;
  /// `take` is about to come: the caches may be filled with what it needs.
  virtual void expect() const {}
  /// Newer than all before. Must not block; may leave the fan-out.
  virtual void take(const std::shared_ptr<const Announcement>& news) = 0;
};

/// The subscribers on one I/O thread. The hub hands over each announcement once for all of them,
/// with one task on that thread, however many they are; what is not taken yet is replaced by what
/// is newer, so nothing piles up. Made by `Watchers::of_this_thread`.
class Fanout : public std::enable_shared_from_this<Fanout> {
 public:
  explicit Fanout(Watchers& watchers) : watchers_(watchers) {}
  Fanout(const Fanout&) = delete;
  Fanout& operator=(const Fanout&) = delete;

  // --- The I/O thread.

  /// A channel opens: it may carry tasks from now on.
  void enter(const std::shared_ptr<http::Channel>& channel) FP_EXCLUDES(mutex_);
  /// It has closed; to be called from `on_closed`, after its receivers have left. A task that went
  /// down with it is made up for here.
  void exit(const http::Channel& channel) FP_EXCLUDES(mutex_);

  /// From now on the receiver gets what is new of a poll that somebody holds (`Watchers::hold`).
  /// Returns the newest so far; null when there is none.
  [[nodiscard]] std::shared_ptr<const Announcement> join(events::PollId poll,
                                                         const std::shared_ptr<Receiver>& receiver);
  void leave(events::PollId poll, const Receiver& receiver);

  // --- The hub's thread.

  void push(const std::shared_ptr<const Announcement>& news) FP_EXCLUDES(mutex_);

 private:
  void deliver() FP_EXCLUDES(mutex_);

  Watchers& watchers_;
  using Receivers = boost::unordered_flat_map<const Receiver*, std::shared_ptr<Receiver>>;
  std::unordered_map<events::PollId, Receivers> receivers_;

  runtime::Mutex mutex_;
  std::unordered_map<events::PollId, std::shared_ptr<const Announcement>> mail_
      FP_GUARDED_BY(mutex_);
  std::unordered_map<const http::Channel*, std::shared_ptr<http::Channel>> channels_
      FP_GUARDED_BY(mutex_);
  bool posted_ FP_GUARDED_BY(mutex_) = false;
};

}  // namespace flashpoll::query
