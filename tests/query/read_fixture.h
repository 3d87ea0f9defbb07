#pragma once

#include <functional>
#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "query/routes.h"
#include "tests/events/hmac.h"
#include "tests/query/fake_exchange.h"

/// Read tables in a database of their own, filled by SQL, behind the routes of `query/`.
namespace flashpoll::query::test {

inline constexpr std::string_view kManageToken = "the-manage-token-of-every-poll-in-these-tests";
inline constexpr std::string_view kIngestToken = "an-ingest-token-of-at-least-32-characters";

/// A poll as the tables hold it, and how it came about.
struct TestPoll {
  PollRow row;
  std::vector<EntryRow> entries;
  std::vector<Counts> history;  ///< after each entry

  [[nodiscard]] std::string id() const { return row.settings.poll.text(); }
  [[nodiscard]] std::string path(const std::string& rest = "") const {
    return "/v1/polls/" + id() + rest;
  }
};

class ReadFixture {
 public:
  ReadFixture();
  ~ReadFixture();

  /// Settings of a new open poll, with one choice named for each of `choices`.
  [[nodiscard]] TestPoll opened(std::vector<std::string> choices = {"Pizza", "Sushi", "Salad"});

  /// Adds an entry `after_ms` later; added and removed make the counts.
  void add(TestPoll& poll, std::int64_t after_ms, EntryRow entry) const;
  void add_event(TestPoll& poll, std::int64_t after_ms, const events::Event& event,
                 events::Reason reason = events::Reason::none) const;
  /// A first ballot that counts, of that voter.
  void cast(TestPoll& poll, const events::VoterTag& voter, events::Choices choices,
            std::int64_t after_ms = 10) const;
  void close(TestPoll& poll, std::int64_t after_ms = 10) const;

  /// Writes all rows of the poll anew, into the schema that is named, and notifies as the projector
  /// does; so does `sql`.
  void write(const TestPoll& poll, const std::string& schema = "read_1");
  void sql(const std::string& statement);
  void create_read_tables(const std::string& schema);

  [[nodiscard]] Answer get(const std::string& target,
                           std::vector<http::Header> headers = {}) const {
    return test::get(router, target, std::move(headers));
  }
  /// The cookie of a device, and its tag in the poll.
  [[nodiscard]] http::Header cookie(const events::DeviceId& device) const;
  [[nodiscard]] events::VoterTag tag(const TestPoll& poll, const events::DeviceId& device) const;

  static constexpr events::TimeMs kStart = 1'800'000'000'250;

  runtime::ManualClock clock{kStart};
  std::string database;
  events::testing::Hmac mac{"a secret that only these tests have, 32 bytes"};
  Identity identity{mac, {std::string(kIngestToken)}};
  runtime::SystemClock log_clock;
  runtime::Log log{log_clock, runtime::LogLevel::error};
  http::Limiter failed{clock, 10};
  std::unique_ptr<ReadPool> pool;
  std::unique_ptr<Waiter> waiter;
  std::unique_ptr<Reads> reads;
  std::unique_ptr<LatestResults> latest;
  std::unique_ptr<Pages> pages;
  http::Router router;

 private:
  std::uint64_t polls_ = 0;
};

}  // namespace flashpoll::query::test
