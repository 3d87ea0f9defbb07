#include "query/reads.h"

#include <exception>

#include "infra/http/problem.h"
#include "infra/runtime/fault.h"

namespace flashpoll::query {

namespace {

constexpr std::chrono::milliseconds kMinSeqWait{2000};
constexpr std::chrono::milliseconds kUnknownPollWait{500};

using events::Refusal;

/// What a fault means to a client.
http::Response fault_of(const std::exception_ptr& fault, const Reads::Refuse& refuse,
                        const http::Request& request) {
  try {
    std::rethrow_exception(fault);
  } catch (const Overloaded&) {
    return refuse({Refusal::overloaded}, request);
  } catch (const Unavailable&) {
    return refuse({Refusal::not_ready}, request);
  } catch (...) {
    return http::protocol_problem(http::ProtocolProblem::internal);
  }
}

http::Response response_of(Reply reply, const Reads::Refuse& refuse, const http::Request& request) {
  if (const auto* refused = std::get_if<Refused>(&reply)) return refuse(*refused, request);
  return std::get<http::Response>(std::move(reply));
}

bool is_unknown_poll(const Reply& reply) {
  const auto* refused = std::get_if<Refused>(&reply);
  return refused != nullptr && refused->refusal == Refusal::no_such_poll;
}

/// Runs `task` where a fault cannot be thrown to the session any more: answers with it.
template <class Task>
void guarded(const Reads::Exchange& exchange, const Reads::Refuse& refuse, Task task) {
  try {
    task();
  } catch (...) {
    exchange->answer(fault_of(std::current_exception(), refuse, exchange->request()));
  }
}

}  // namespace

http::Response problem_of(const Refused& refused, const http::Request& request) {
  return to_response(refused, request.path());
}

http::Response problem_of_fault(const std::exception_ptr& fault, const http::Request& request) {
  return fault_of(fault, problem_of, request);
}

void Reads::answer(Exchange exchange, Read read) const {
  answer(std::move(exchange), std::move(read), problem_of);
}

void Reads::answer(Exchange exchange, Read read, Refuse refuse) const {
  run(
      exchange,
      [exchange, read = std::move(read), refuse](ReadTables& tables) {
        exchange->answer(response_of(read(tables), refuse, exchange->request()));
      },
      refuse);
}

void Reads::run(const Exchange& exchange, ReadPool::Job job) const {
  run(exchange, std::move(job), problem_of);
}

void Reads::run(const Exchange& exchange, ReadPool::Job job, const Refuse& refuse) const {
  pool_.submit(std::move(job), [exchange, refuse](const std::exception_ptr& fault) {
    exchange->answer(fault_of(fault, refuse, exchange->request()));
  });
}

void Reads::answer_at(Exchange exchange, AtLeast at_least, Read read) const {
  answer_at(std::move(exchange), at_least, std::move(read), problem_of);
}

void Reads::answer_at(Exchange exchange, AtLeast at_least, Read read, Refuse refuse) const {
  const auto go = [this, exchange, read = std::move(read), refuse] {
    answer(exchange, read, refuse);
  };
  when_reached(exchange, at_least, go, refuse);
}

void Reads::when_reached(const Exchange& exchange, AtLeast at_least, std::function<void()> go,
                         const Refuse& refuse) const {
  if (!at_least.min_seq) return go();
  const auto done = [exchange, go = std::move(go), refuse](bool reached) {
    guarded(exchange, refuse, [&] {
      if (reached) return go();
      exchange->answer(refuse({Refusal::behind}, exchange->request()));
    });
  };
  waiter_.wait(at_least.poll, *at_least.min_seq, kMinSeqWait, done);
}

void Reads::answer_patiently(Exchange exchange, AtLeast at_least, Read read, Refuse refuse) const {
  const events::PollId poll = at_least.poll;
  if (at_least.min_seq) {
    const auto reached = [this, exchange, poll, read, refuse](bool) {
      guarded(exchange, refuse, [&] { answer_patiently(exchange, {poll}, read, refuse); });
    };
    return guarded(exchange, refuse,
                   [&] { waiter_.wait(poll, *at_least.min_seq, kMinSeqWait, reached); });
  }
  const auto again = [this, exchange, read, refuse](bool) {
    guarded(exchange, refuse, [&] { answer(exchange, read, refuse); });
  };
  const auto job = [this, exchange, poll, read, refuse, again](ReadTables& tables) {
    Reply reply = read(tables);
    if (!is_unknown_poll(reply)) {
      return exchange->answer(response_of(std::move(reply), refuse, exchange->request()));
    }
    guarded(exchange, refuse, [&] { waiter_.wait(poll, events::Seq(0), kUnknownPollWait, again); });
  };
  run(exchange, job, refuse);
}

}  // namespace flashpoll::query
