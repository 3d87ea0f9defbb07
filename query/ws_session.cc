#include "query/ws_session.h"

#include <utility>

#include "infra/runtime/fetch_ahead.h"

namespace flashpoll::query {

namespace {

constexpr int kProtocolViolation = 1008;
constexpr int kTooSlow = 1013;

}  // namespace

/// One poll of the session.
class WsSession::Subscription : public Receiver {
 public:
  explicit Subscription(WsSession& session) : session_(&session) {}

  void expect() const override { runtime::fetch_ahead(session_, sizeof *session_); }

  void take(const std::shared_ptr<const Announcement>& news) override {
    if (session_ == nullptr || news->version <= version_) return;
    version_ = news->version;
    const bool was_ready = std::exchange(waiting_, news) != nullptr;
    if (!was_ready) session_->ready_.push_back(news->poll);
    session_->send_next();
  }

  std::shared_ptr<const Announcement> take_waiting() { return std::exchange(waiting_, nullptr); }

  void begin(Admitted& admitted) {
    hold_ = std::move(admitted.hold);
    has_voted_ = admitted.has_voted;
  }
  [[nodiscard]] bool has_voted() const { return has_voted_; }
  void forget_session() { session_ = nullptr; }

 private:
  WsSession* session_;
  std::optional<Watchers::Hold> hold_;
  bool has_voted_ = false;
  std::uint64_t version_ = 0;
  std::shared_ptr<const Announcement> waiting_;
};

http::ChannelEvents WsSession::open(Hub& hub, Caller caller,
                                    std::shared_ptr<http::Channel> channel) {
  auto session = std::make_shared<WsSession>(hub, std::move(caller), channel);
  session->fanout_->enter(channel);
  return {.on_idle = [session] { session->send_next(); },
          .on_text = [session](std::string_view text) { session->hear(text); },
          .on_closed =
              [session, gone = channel.get()] {
                session->closed();
                session->fanout_->exit(*gone);
              }};
}

WsSession::WsSession(Hub& hub, Caller caller, std::shared_ptr<http::Channel> channel)
    : hub_(hub),
      caller_(std::move(caller)),
      fanout_(hub.watchers().of_this_thread()),
      channel_(std::move(channel)) {}

void WsSession::hear(std::string_view text) {
  if (!channel_) return;
  const auto message = parse_client_message(text);
  if (!message) return close(kProtocolViolation, "not a message of flashpoll.v1+json");
  const auto poll = events::PollId::parse(message->poll);
  if (!poll) return refuse(message->poll, {events::Refusal::no_such_poll});
  if (message->subscribe) return subscribe(*message, *poll);
  drop(*poll);
  answer(reply_message("unsubscribed", *poll));
}

void WsSession::subscribe(const ClientMessage& message, events::PollId poll) {
  drop(poll);
  if (subscriptions_.size() >= kMaxPolls || asking_ >= kMaxPolls)
    return refuse(message.poll,
                  {events::Refusal::bad_request, "One connection watches at most 64 polls."});
  const auto asked = std::make_shared<Subscription>(*this);
  subscriptions_.emplace(poll, asked);
  ++asking_;
  Caller caller = caller_;
  if (message.credential) caller.voter_token = caller.code = *message.credential;
  hub_.subscribe(poll, message.after, std::move(caller),
                 [self = weak_from_this(), channel = channel_, poll, asked](Admission admission) {
                   const auto shared = std::make_shared<Admission>(std::move(admission));
                   channel->post([self, poll, asked, shared] {
                     if (const auto session = self.lock())
                       session->admitted(poll, asked, std::move(*shared));
                   });
                 });
}

void WsSession::admitted(events::PollId poll, const std::shared_ptr<Subscription>& asked,
                         Admission admission) {
  --asking_;
  const auto it = subscriptions_.find(poll);
  if (it == subscriptions_.end() || it->second != asked) return;  // given up meanwhile
  if (auto* refused = std::get_if<Refused>(&admission)) {
    subscriptions_.erase(it);
    return refuse(poll.text(), std::move(*refused));
  }
  answer(reply_message("subscribed", poll));
  if (!channel_) return;
  if (auto* granted = std::get_if<Admitted>(&admission))
    return begin(poll, asked, std::move(*granted));
  asked->take(std::get<SeenToTheEnd>(admission).last);
}

void WsSession::begin(events::PollId poll, const std::shared_ptr<Subscription>& asked,
                      Admitted admitted) {
  asked->begin(admitted);
  // What was told since the admission is not lost: it is the newest.
  const auto newest = fanout_->join(poll, asked);
  asked->take(newest && newest->version > admitted.first->version ? newest : admitted.first);
}

void WsSession::drop(events::PollId poll) {
  const auto it = subscriptions_.find(poll);
  if (it == subscriptions_.end()) return;
  fanout_->leave(poll, *it->second);
  it->second->forget_session();
  std::erase(ready_, poll);
  subscriptions_.erase(it);
}

void WsSession::answer(std::string text) {
  if (!channel_) return;
  if (answers_.size() >= kMaxAnswers) return close(kTooSlow, "answers are not read");
  answers_.push_back(std::make_shared<const std::string>(std::move(text)));
  send_next();
}

void WsSession::refuse(std::string_view poll, Refused refused) {
  answer(problem_message(poll, refused));
}

void WsSession::send_next() {
  if (!channel_ || channel_->busy()) return;
  if (!answers_.empty()) {
    const SharedText next = std::move(answers_.front());
    answers_.pop_front();
    return channel_->send(next);
  }
  if (ready_.empty()) return;
  const auto it = subscriptions_.find(ready_.front());
  ready_.pop_front();
  send_state(it);
}

void WsSession::send_state(Subscriptions::iterator it) {
  const auto news = it->second->take_waiting();
  const SharedText text = news->frames(it->second->has_voted()).message;
  if (news->ends) drop(it->first);
  channel_->send(text);
}

void WsSession::close(int code, std::string_view reason) {
  const auto channel = channel_;
  closed();
  channel->close(code, reason);
}

void WsSession::closed() {
  channel_ = nullptr;
  for (const auto& [poll, subscription] : subscriptions_) {
    fanout_->leave(poll, *subscription);
    subscription->forget_session();
  }
  subscriptions_.clear();
  answers_.clear();
  ready_.clear();
}

}  // namespace flashpoll::query
