#include "infra/bench/baseline.h"
#include "infra/bench/epoll_server.h"
#include "infra/pg/connection.h"
#include "infra/runtime/thread.h"

namespace flashpoll::bench {

namespace {

/// More of them only queue for the counter's row.
constexpr int kThreads = 4;

constexpr const char* kTables = R"(
    CREATE TABLE votes (
      poll text NOT NULL, vote_id uuid NOT NULL, choice integer NOT NULL,
      at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (poll, vote_id));
    CREATE TABLE counters (
      poll text NOT NULL, choice integer NOT NULL, votes bigint NOT NULL,
      PRIMARY KEY (poll, choice)) WITH (fillfactor = 50))";

std::string_view between(std::string_view text, std::string_view before, char after) {
  const std::size_t found = text.find(before);
  if (found == std::string_view::npos) return {};
  const std::size_t at = found + before.size();
  return text.substr(at, text.find(after, at) - at);
}

class Votes {
 public:
  explicit Votes(const pg::Target& database) : connection_(database) {
    connection_.prepare("vote",
                        "INSERT INTO votes (poll, vote_id, choice) VALUES ($1, $2::text::uuid, $3) "
                        "ON CONFLICT DO NOTHING",
                        pg::Params().text("").text("").integer(0));
    connection_.prepare("count",
                        "INSERT INTO counters AS c (poll, choice, votes) VALUES ($1, $2, 1) "
                        "ON CONFLICT (poll, choice) DO UPDATE SET votes = c.votes + 1",
                        pg::Params().text("").integer(0));
  }

  /// What is no vote costs it nothing.
  void take(std::string_view request) {
    const std::string_view poll = between(request, "/v1/polls/", '/');
    const std::string_view id = between(request, "\"vote_id\":\"", '"');
    if (poll.empty() || id.empty()) return;
    pg::Transaction transaction(connection_);
    const auto vote =
        connection_.exec_prepared("vote", pg::Params().text(poll).text(id).integer(0));
    if (vote.affected() > 0) {
      connection_.exec_prepared("count", pg::Params().text(poll).integer(0));
    }
    transaction.commit();
  }

 private:
  pg::Connection connection_;
};

}  // namespace

void serve_naive(std::uint16_t port, const std::string& answer, const std::string& database) {
  const pg::Target target{database, "naive"};
  pg::Connection(target).exec(kTables);
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.push_back(runtime::start_thread("naive", [&] {
      Votes votes(target);
      EpollServer server(port, [&](int fd, std::string_view bytes) {
        votes.take(bytes);
        send_all(fd, answer);
      });
      for (;;) server.round(-1);
    }));
  }
}

}  // namespace flashpoll::bench
