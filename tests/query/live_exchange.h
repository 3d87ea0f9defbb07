#pragma once

#include <map>

#include "infra/http/router.h"
#include "tests/query/live_fakes.h"

/// A request without a network.
namespace flashpoll::query::test {

class FakeRequest final : public http::Request {
 public:
  FakeRequest(std::string path, http::Router::Found found) : path_(std::move(path)) {
    for (auto& [name, value] : found.segments) segments_[name] = value;
  }
  [[nodiscard]] std::string_view method() const override { return method_text; }
  [[nodiscard]] std::string_view path() const override { return path_; }
  [[nodiscard]] std::string_view segment(std::string_view name) const override {
    return segments_.at(std::string(name));
  }
  [[nodiscard]] std::span<const http::Parameter> query() const override { return parameters; }
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const override {
    return look(headers, name);
  }
  [[nodiscard]] std::optional<std::string_view> cookie(std::string_view name) const override {
    return look(cookies, name);
  }
  [[nodiscard]] std::string_view body() const override { return {}; }
  [[nodiscard]] std::string_view client_address() const override { return "127.0.0.1"; }

  std::string method_text = "GET";
  std::vector<http::Parameter> parameters;
  std::map<std::string, std::string> headers;
  std::map<std::string, std::string> cookies;

 private:
  static std::optional<std::string_view> look(const std::map<std::string, std::string>& all,
                                              std::string_view name) {
    const auto it = all.find(std::string(name));
    return it == all.end() ? std::nullopt : std::optional<std::string_view>(it->second);
  }
  std::string path_;
  std::map<std::string, std::string> segments_;
};

class FakeExchange final : public http::Exchange {
 public:
  explicit FakeExchange(FakeRequest asked) : asked_(std::move(asked)) {}
  ~FakeExchange() override {
    if (channel) channel->go();
  }
  [[nodiscard]] const http::Request& request() const override { return asked_; }
  void answer(http::Response response) override {
    REQUIRE(!answered);
    answered = std::move(response);
  }
  void answer_stream(http::Response, http::BodySource) override { FAIL("no stream is expected"); }
  void open_events(
      http::Response head,
      std::function<http::ChannelEvents(std::shared_ptr<http::Channel>)> opened) override {
    answer(std::move(head));
    open(opened);
  }
  void open_body(http::Response,
                 std::function<http::ChannelEvents(std::shared_ptr<http::Channel>)>) override {
    FAIL("no body is expected");
  }
  [[nodiscard]] bool open_websocket(
      std::string_view subprotocol,
      std::function<http::ChannelEvents(std::shared_ptr<http::Channel>)> opened) override {
    if (offered != subprotocol) return false;
    answer({101, {}, {}, {}});
    open(opened);
    return true;
  }

  std::optional<http::Response> answered;
  std::shared_ptr<FakeChannel> channel;  ///< null: none was opened
  std::string offered;                   ///< subprotocol of a valid upgrade; empty: none

 private:
  void open(const std::function<http::ChannelEvents(std::shared_ptr<http::Channel>)>& opened) {
    channel = std::make_shared<FakeChannel>();
    channel->events = opened(channel);
  }
  FakeRequest asked_;
};

/// Asks a route with GET, without waiting for what comes of it. `change` shapes the request and
/// `offered` is the subprotocol of a valid upgrade.
inline std::shared_ptr<FakeExchange> ask(const http::Router& router, const std::string& path,
                                         const std::function<void(FakeRequest&)>& change = {},
                                         const std::string& offered = {}) {
  auto match = router.match("GET", path);
  auto& found = std::get<http::Router::Found>(match);
  const http::Route* route = found.route;
  FakeRequest request(path, std::move(found));
  if (change) change(request);
  const auto exchange = std::make_shared<FakeExchange>(std::move(request));
  exchange->offered = offered;
  route->handler(exchange);
  return exchange;
}

}  // namespace flashpoll::query::test
