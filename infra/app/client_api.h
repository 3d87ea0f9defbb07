#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "infra/http/client.h"
#include "infra/json/json.h"

/// The HTTP API as the command line sees it.
namespace flashpoll::app {

/// The server said no. The text is the problem's title, detail and code, ready to be shown.
class Refused : public std::runtime_error {
 public:
  /// `body`: what came with the status, a problem of RFC 9457 or whatever a gateway says.
  Refused(int status, std::string body);

  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] const std::string& code() const { return code_; }  ///< empty when it has none
  [[nodiscard]] const std::string& body() const { return body_; }
  /// A member of the problem; null when absent.
  [[nodiscard]] const json::Value* member(std::string_view name) const {
    return problem_.find(name);
  }

 private:
  Refused(int status, std::string body, json::Value problem);

  int status_;
  std::string body_;
  json::Value problem_;
  std::string code_;
};

struct Call {
  std::string method = "GET";
  std::string path = {};  ///< with the query
  std::vector<http::Header> headers = {};
  std::string body = {};  ///< JSON; empty: none
};

struct Answer {
  int status = 0;
  std::string body;
  json::Value value;  ///< the body, where it is JSON
  std::vector<http::Header> headers;

  [[nodiscard]] std::string header(std::string_view name) const;  ///< empty when absent
};

/// One server. One thread. Every member throws Unavailable when it is not reached and Refused for
/// an answer of 300 and above.
class Api {
 public:
  /// `http://host:port`, a slash at its end is dropped.
  explicit Api(std::string server);

  [[nodiscard]] const std::string& server() const { return server_; }

  Answer send(const Call& call) const;

  /// For calls that may be sent again: repeats them, a few times within some seconds, while the
  /// server is not reached or answers 503. What is thrown then is the last try's.
  Answer send_safely(const Call& call) const;

  /// GET, line by line, until the server ends it or `line` gives false. Status 200, or 204.
  int lines(const Call& call, const std::function<bool(std::string_view)>& line) const;

  /// Waits, bounded, until reads show this entry of the poll, so that the next command sees what
  /// this one did. Never throws: it has been done all the same.
  void await_shown(const std::string& poll, std::int64_t seq) const noexcept;

 private:
  std::string server_;
  http::Client client_;
};

/// Members of an answer that must be there. Throw std::runtime_error: this is no FlashPoll.
[[nodiscard]] const json::Value& need(const json::Value& object, std::string_view name);
[[nodiscard]] const std::string& need_text(const json::Value& object, std::string_view name);
[[nodiscard]] std::int64_t need_integer(const json::Value& object, std::string_view name);

/// Percent-encodes a query parameter's value.
[[nodiscard]] std::string encoded(std::string_view value);

}  // namespace flashpoll::app
