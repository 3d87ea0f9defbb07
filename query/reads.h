#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "infra/http/http.h"
#include "query/read_pool.h"
#include "query/refused.h"
#include "query/waiter.h"

namespace flashpoll::query {

/// A problem of the API.
[[nodiscard]] http::Response problem_of(const Refused& refused, const http::Request& request);
/// What a fault means to a client.
[[nodiscard]] http::Response problem_of_fault(const std::exception_ptr& fault,
                                              const http::Request& request);

/// Answers exchanges by reads on the pool. Any thread; the pool and the waiter must outlive what is
/// under way.
class Reads {
 public:
  using Exchange = std::shared_ptr<http::Exchange>;
  using Read = std::function<Reply(ReadTables&)>;
  /// A refusal or a fault as an answer: a problem for the API, a page for people.
  using Refuse = std::function<http::Response(const Refused&, const http::Request&)>;

  Reads(ReadPool& pool, Waiter& waiter) : pool_(pool), waiter_(waiter) {}

  /// Runs `read` and answers with what it gives.
  void answer(Exchange exchange, Read read) const;
  void answer(Exchange exchange, Read read, Refuse refuse) const;

  /// The same once the poll has reached `min_seq`, if that is given; when it takes more than 2 s,
  /// refuses `behind`.
  struct AtLeast {
    events::PollId poll;
    std::optional<events::Seq> min_seq{};
  };
  void answer_at(Exchange exchange, AtLeast at_least, Read read) const;
  void answer_at(Exchange exchange, AtLeast at_least, Read read, Refuse refuse) const;

  /// Calls `go` then, at once or on a thread of the pool or the waiter; the exchange is answered
  /// where that cannot be. What `go` throws is answered too.
  void when_reached(const Exchange& exchange, AtLeast at_least, std::function<void()> go,
                    const Refuse& refuse = problem_of) const;

  /// For pages: waits for `min_seq` likewise, but then answers with what there is; an unknown poll
  /// is waited for, up to 0.5 s.
  void answer_patiently(Exchange exchange, AtLeast at_least, Read read, Refuse refuse) const;

  /// Runs `job`, which answers the exchange itself; answers faults.
  void run(const Exchange& exchange, ReadPool::Job job) const;
  void run(const Exchange& exchange, ReadPool::Job job, const Refuse& refuse) const;

  [[nodiscard]] ReadPool& pool() const { return pool_; }

 private:
  ReadPool& pool_;
  Waiter& waiter_;
};

}  // namespace flashpoll::query
