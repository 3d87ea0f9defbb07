#pragma once

#include <string>
#include <vector>

#include "infra/http/gate.h"
#include "infra/http/router.h"

namespace flashpoll::http {

/// A request as the session fills it: the head's bytes, then the route, then the body. Does not
/// change once a handler has it, so any thread may read.
class ReceivedRequest final : public Request {
 public:
  /// Reads a complete head. A refusal leaves the request without use.
  [[nodiscard]] std::optional<HeadRefusal> read_head(std::string_view bytes,
                                                     const HeadLimits& limits);

  [[nodiscard]] std::string_view method() const override { return head_.method; }
  [[nodiscard]] std::string_view path() const override { return head_.path; }
  [[nodiscard]] std::string_view segment(std::string_view name) const override;
  [[nodiscard]] std::span<const Parameter> query() const override { return query_; }
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const override {
    return head_.field(name);
  }
  [[nodiscard]] std::optional<std::string_view> cookie(std::string_view name) const override;
  [[nodiscard]] std::string_view body() const override { return body_; }
  [[nodiscard]] std::string_view client_address() const override { return client_address_; }

  // For the session.
  [[nodiscard]] const Head& head() const { return head_; }
  [[nodiscard]] bool is_head() const { return head_.method == "HEAD"; }
  /// False when the query is not percent-encoded UTF-8.
  [[nodiscard]] bool read_query();
  void set_segments(std::vector<Parameter> segments) { segments_ = std::move(segments); }
  void set_client_address(std::string address) { client_address_ = std::move(address); }
  [[nodiscard]] std::string& body_buffer() { return body_; }
  /// Values of a list that may stand in several fields.
  [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;

 private:
  std::string bytes_;  ///< what the head views
  Head head_;
  std::vector<Parameter> segments_;
  std::vector<Parameter> query_;
  std::string body_;
  std::string client_address_;
};

}  // namespace flashpoll::http
