#include "infra/http/exchange.h"

#include <exception>
#include <utility>

#include "infra/http/session.h"
#include "infra/http/upgrade.h"
#include "infra/runtime/check.h"

namespace flashpoll::http {

SessionExchange::SessionExchange(std::shared_ptr<Session> session) : session_(std::move(session)) {}

SessionExchange::~SessionExchange() {
  if (state_.load() != State::open) return;
  on_session([](Session& session) { session.fail("a handler dropped its exchange unanswered"); });
}

bool SessionExchange::claim() {
  State expected = State::open;
  if (state_.compare_exchange_strong(expected, State::answered)) return true;
  FP_CHECK(expected == State::given_up, "an exchange is answered once");
  return false;
}

bool SessionExchange::give_up() {
  State expected = State::open;
  return state_.compare_exchange_strong(expected, State::given_up);
}

/// Acts at once on the session's thread, else by its inbox.
template <typename Act>
void SessionExchange::on_session(Act act) {
  Worker& worker = session_->worker();
  if (worker.on_thread()) {
    act(*session_);
  } else {
    worker.post([session = session_, act = std::move(act)]() mutable { act(*session); },
                session_.get());
  }
}

void SessionExchange::answer(Response response) {
  if (!claim()) return;
  on_session([response = std::move(response)](Session& session) mutable {
    session.answer(std::move(response));
  });
}

void SessionExchange::answer_by(std::function<Response()> make) {
  if (!claim()) return;
  on_session([make = std::move(make)](Session& session) {
    try {
      session.answer(make());
    } catch (const std::exception& fault) {
      session.fail(fault.what());
    }
  });
}

void SessionExchange::answer_ready(std::shared_ptr<const ReadyResponse> ready) {
  if (!claim()) return;
  on_session([ready = std::move(ready)](Session& session) { session.answer_ready(ready); });
}

void SessionExchange::answer_stream(Response head, BodySource source) {
  if (!claim()) return;
  on_session([head = std::move(head), source = std::move(source)](Session& session) mutable {
    session.answer_stream(std::move(head), std::move(source));
  });
}

void SessionExchange::open_events(Response head,
                                  std::function<ChannelEvents(std::shared_ptr<Channel>)> opened) {
  if (!claim()) return;
  on_session([head = std::move(head), opened = std::move(opened)](Session& session) mutable {
    session.open_events(std::move(head), std::move(opened));
  });
}

void SessionExchange::open_body(Response head,
                                std::function<ChannelEvents(std::shared_ptr<Channel>)> opened) {
  if (!claim()) return;
  const BodyFraming framing = framing_of(request_->head());
  on_session(
      [framing, head = std::move(head), opened = std::move(opened)](Session& session) mutable {
        session.open_body(framing, std::move(head), std::move(opened));
      });
}

bool SessionExchange::open_websocket(
    std::string_view subprotocol, std::function<ChannelEvents(std::shared_ptr<Channel>)> opened) {
  std::optional<Upgrade> upgrade = read_upgrade(request_->head(), subprotocol);
  if (!upgrade) return false;
  if (!claim()) return true;
  on_session([upgrade = std::move(*upgrade), opened = std::move(opened)](Session& session) mutable {
    session.open_websocket(std::move(upgrade), std::move(opened));
  });
  return true;
}

}  // namespace flashpoll::http
