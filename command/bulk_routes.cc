#include <atomic>

#include "command/bulk_stream.h"
#include "command/handlers.h"

namespace flashpoll::command {

namespace {

using events::Refusal;

/// Ingestions at once: each may hold a window full of lines.
constexpr int kMaxStreams = 32;

/// Counts the ingestions on their way.
class Streams {
 public:
  /// Something that counts as one as long as it lives; null when there are too many.
  [[nodiscard]] static std::shared_ptr<void> enter(const std::shared_ptr<Streams>& streams) {
    auto entered = std::shared_ptr<void>(streams.get(), [streams](void*) { --streams->open_; });
    return ++streams->open_ > kMaxStreams ? nullptr : entered;
  }

 private:
  std::atomic<int> open_ = 0;
};

/// Who may not ingest, and why.
std::optional<Refusal> refusal_of(const Parts& parts, const http::Request& request) {
  const std::string address(request.client_address());
  if (!parts->failed_credentials.allowed(address)) return Refusal::too_many_requests;
  const auto token = bearer_token(request);
  if (!token) return Refusal::credential_missing;
  if (parts->identity.is_ingest_token(*token)) return std::nullopt;
  (void)parts->failed_credentials.take(address);
  return Refusal::credential_invalid;
}

void handle_bulk(const Parts& parts, const std::shared_ptr<Streams>& streams,
                 const ExchangePtr& exchange) {
  const http::Request& request = exchange->request();
  if (const auto rejection = check_query(request)) {
    return exchange->answer(to_response(*rejection));
  }
  if (const auto refusal = refusal_of(parts, request)) {
    return exchange->answer(to_response(Rejection{*refusal}));
  }
  if (!parts->desk.is_live()) return exchange->answer(to_response(Rejection{Refusal::not_ready}));
  auto stays = Streams::enter(streams);
  if (!stays) return exchange->answer(to_response(Rejection{Refusal::overloaded}));
  exchange->open_body(
      {.content_type = "application/x-ndjson", .headers = {{"Cache-Control", "no-store"}}},
      [parts, stays = std::move(stays)](std::shared_ptr<http::Channel> channel) {
        return BulkStream::open(parts, stays, std::move(channel));
      });
}

}  // namespace

void add_bulk_routes(http::Router& router, const Parts& parts) {
  router.add("POST", "/v1/votes", {.media_types = {"application/x-ndjson"}, .streamed_body = true},
             [parts, streams = std::make_shared<Streams>()](const ExchangePtr& exchange) {
               handle_bulk(parts, streams, exchange);
             });
}

}  // namespace flashpoll::command
