#include "query/sse_session.h"

#include <utility>

#include "infra/runtime/fetch_ahead.h"

namespace flashpoll::query {

namespace {

/// The code is for WebSockets; a stream just ends.
constexpr int kNormalClosure = 1000;
/// About; more would push out what is needed sooner.
constexpr std::size_t kChannelBytes = 320;

}  // namespace

http::ChannelEvents SseSession::open(Watchers& watchers, Admitted admitted,
                                     std::shared_ptr<http::Channel> channel) {
  auto session = std::make_shared<SseSession>(std::move(admitted), watchers.of_this_thread(),
                                              std::move(channel));
  session->begin();
  return {.on_idle = [session] { session->send_newest(); },
          .on_text = {},
          .on_closed = [session] { session->closed(); }};
}

SseSession::SseSession(Admitted admitted, std::shared_ptr<Fanout> fanout,
                       std::shared_ptr<http::Channel> channel)
    : hold_(std::move(admitted.hold)),
      poll_(hold_->poll()),
      has_voted_(admitted.has_voted),
      waiting_(std::move(admitted.first)),
      version_(waiting_->version),
      fanout_(std::move(fanout)),
      channel_(std::move(channel)) {}

void SseSession::begin() {
  fanout_->enter(channel_);
  channel_->send(events_preface());
  // What was told between the admission and now is not lost: it is the newest.
  if (const auto newest = fanout_->join(poll_, shared_from_this())) take(newest);
}

void SseSession::expect() const { runtime::fetch_ahead(channel_.get(), kChannelBytes); }

void SseSession::take(const std::shared_ptr<const Announcement>& news) {
  if (ended_ || news->version <= version_) return;
  version_ = news->version;
  waiting_ = news;
  send_newest();
}

void SseSession::send_newest() {
  if (!channel_ || !waiting_ || channel_->busy()) return;
  const auto news = std::exchange(waiting_, nullptr);
  channel_->send(news->frames(has_voted_).events);
  if (!news->ends) return;
  ended_ = true;
  leave();
  channel_->close(kNormalClosure, "");
}

void SseSession::closed() {
  leave();
  const auto channel = std::exchange(channel_, nullptr);
  if (channel) fanout_->exit(*channel);
}

void SseSession::leave() {
  fanout_->leave(poll_, *this);
  hold_.reset();
}

}  // namespace flashpoll::query
