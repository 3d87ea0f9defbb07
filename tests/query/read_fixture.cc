#include "tests/query/read_fixture.h"

#include <fstream>
#include <iterator>

#include "events/codec.h"
#include "infra/crypto/encoding.h"
#include "infra/pg/migrate.h"
#include "query/read_fields.h"
#include "tests/support/private_postgres.h"

namespace flashpoll::schemas {
std::span<const pg::SqlObject> checkpoint_objects();
std::span<const pg::SqlObject> read_tables_sql();
}  // namespace flashpoll::schemas

namespace flashpoll::query::test {

namespace {

using events::Seq;

std::string replaced(std::string text, std::string_view what, const std::string& with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), with);
    at += with.size();
  }
  return text;
}

/// Without the holes that begin like this.
std::string without(std::string text, std::string_view begin) {
  for (std::size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
    text.erase(at, text.find("}}", at) + 2 - at);
  }
  return text;
}

/// The pages' templates with what the build would resolve left out.
std::span<const WebAsset> page_assets() {
  static const auto bytes = [] {
    std::vector<std::pair<std::string, std::string>> all;
    for (const char* name : {"open.html", "how.html", "vote.html", "manage.html", "message.html",
                             "problem.html", "words.json"}) {
      std::ifstream in(std::string(FLASHPOLL_PAGES) + "/" + name, std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(in), {}};
      all.emplace_back("pages/" + std::string(name), without(without(text, "{{> "), "{{asset:"));
    }
    all.emplace_back("assets/vote-1.js", "let x = 1;");
    return all;
  }();
  static const auto assets = [] {
    std::vector<WebAsset> all;
    for (const auto& [name, text] : bytes) all.push_back({name, text});
    return all;
  }();
  return assets;
}

template <class List>
std::string array(const List& numbers) {
  std::string out = "'{";
  for (const auto number : numbers) {
    if (out.size() > 2) out += ",";
    out += std::to_string(number);
  }
  return out + "}'";
}

template <class Value, class Show>
std::string or_null(const std::optional<Value>& value, Show show) {
  return value ? show(*value) : "NULL";
}

std::string number(Seq seq) { return std::to_string(seq.value); }

std::string hex(const auto& bytes) {
  return "'\\x" + crypto::hex_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()}) +
         "'";
}

std::string poll_values(pqxx::work& work, const PollRow& row) {
  const events::PollOpened& s = row.settings;
  std::string choices = "ARRAY[";
  for (const std::string& choice : s.choices) choices += work.quote(choice) + ",";
  choices.back() = ']';
  const int state = row.hidden ? 2 : row.closed ? 1 : 0;
  const auto n = [](auto value) { return std::to_string(static_cast<std::int64_t>(value)) + ","; };
  return "(" + std::to_string(s.poll.bits()) + ",'" + s.id.text() + "'," + work.quote(s.question) +
         "," + choices + "," + n(s.min) + n(s.max) + n(s.method) + n(s.results) + n(s.eligibility) +
         (s.allow_change ? "true," : "false,") + n(row.opened_at) + n(s.opens_at) + n(s.closes_at) +
         n(row.first_closes_at) + hex(s.manage) + "," + hex(s.key) + "," + n(state) +
         n(row.codes_issued) + or_null(row.closed, number) + ",NULL,NULL," +
         or_null(row.hidden, number) + ",NULL)";
}

std::string counts_values(std::uint64_t poll, const Counts& counts) {
  return std::to_string(poll) + "," + number(counts.seq) + "," + std::to_string(counts.at) + "," +
         array(counts.votes) + "," + std::to_string(counts.voters) + "," +
         std::to_string(counts.counted) + "," + std::to_string(counts.voided);
}

std::string entry_values(pqxx::work& work, std::uint64_t poll, const EntryRow& e) {
  return "(" + std::to_string(poll) + "," + number(e.seq) + "," + std::to_string(e.at) + "," +
         std::to_string(e.type) + "," + std::to_string(static_cast<int>(e.reason)) + "," +
         or_null(e.voter, [](const auto& v) { return "'" + events::Uuid{v.bytes}.text() + "'"; }) +
         "," + or_null(e.vote_id, [](const auto& v) { return "'" + v.text() + "'"; }) + "," +
         or_null(e.choices, [](const auto& v) { return hex(v); }) + "," +
         or_null(e.replaces, number) + "," + hex(e.added) + "," + hex(e.removed) + ",NULL," +
         (e.body.empty() ? "NULL" : work.quote(e.body)) + ")";
}

/// Which results are kept: every 1000th, and the last of a second that a later one followed.
bool is_kept(const std::vector<Counts>& history, std::size_t i) {
  if (i % 1000 == 0) return true;
  return i + 1 < history.size() && history[i].at / 1000 < history[i + 1].at / 1000;
}

void insert(pqxx::work& work, const std::string& table, const std::vector<std::string>& rows) {
  std::string all;
  for (const std::string& row : rows) all += (all.empty() ? "" : ",") + row;
  if (!all.empty()) work.exec("INSERT INTO " + table + " VALUES " + all);
}

}  // namespace

ReadFixture::ReadFixture()
    : database(flashpoll::test::PrivatePostgres::shared().create_database()) {
  pg::migrate({database, "test"}, schemas::checkpoint_objects());
  create_read_tables("read_1");
  sql("INSERT INTO checkpoints.read_pointer (schema_name) VALUES ('read_1')");
  pool = std::make_unique<ReadPool>(ReadPool::Settings{.target = {database, "test"}, .threads = 2},
                                    log);
  waiter = std::make_unique<Waiter>(*pool);
  reads = std::make_unique<Reads>(*pool, *waiter);
  pages = std::make_unique<Pages>(page_assets());
  latest = std::make_unique<LatestResults>(*pool, identity, clock);
  add_routes(router, {*reads, *latest, identity, *pages, clock, failed, {"https://polls.example"}});
}

ReadFixture::~ReadFixture() { pool->stop(); }

void ReadFixture::create_read_tables(const std::string& schema) {
  for (const pg::SqlObject& object : schemas::read_tables_sql()) {
    sql(replaced(std::string(object.text), "read_N", schema));
  }
}

void ReadFixture::sql(const std::string& statement) {
  pqxx::connection connection(database);
  pqxx::work work(connection);
  work.exec(statement);
  work.commit();
  if (latest) latest->notified_all();
}

TestPoll ReadFixture::opened(std::vector<std::string> choices) {
  TestPoll poll;
  events::PollOpened& settings = poll.row.settings;
  settings.poll = events::PollId(0x0123456789ABCDEFULL + 7919 * ++polls_);
  settings.question = "Lunch today?";
  settings.choices = std::move(choices);
  settings.closes_at = kStart + 3'600'000;
  settings.manage = crypto::sha256(kManageToken);
  settings.key = events::key_fingerprint(mac);
  poll.row.latest = {Seq(0), kStart, std::vector<std::uint64_t>(settings.choices.size(), 0),
                     0,      0,      0};
  poll.row.opened_at = kStart;
  poll.row.first_closes_at = settings.closes_at;
  add_event(poll, 0, settings);
  return poll;
}

void ReadFixture::add(TestPoll& poll, std::int64_t after_ms, EntryRow entry) const {
  Counts& counts = poll.row.latest;
  counts.seq = Seq(poll.entries.size());
  counts.at += after_ms;
  for (const auto choice : entry.added) ++counts.votes.at(choice);
  for (const auto choice : entry.removed) --counts.votes.at(choice);
  counts.voters += entry.added.empty() ? 0 : 1;
  counts.voters -= entry.removed.empty() ? 0 : 1;
  ++(entry.reason == events::Reason::none ? counts.counted : counts.voided);
  entry.seq = counts.seq;
  entry.at = counts.at;
  poll.entries.push_back(std::move(entry));
  poll.history.push_back(counts);
}

void ReadFixture::add_event(TestPoll& poll, std::int64_t after_ms, const events::Event& event,
                            events::Reason reason) const {
  EntryRow entry;
  entry.type = events::type_number(event);
  entry.reason = reason;
  entry.body = events::encode(event);
  add(poll, after_ms, std::move(entry));
}

void ReadFixture::cast(TestPoll& poll, const events::VoterTag& voter, events::Choices choices,
                       std::int64_t after_ms) const {
  EntryRow entry;
  entry.type = *events::parse_type("vote.cast.v1");
  entry.voter = voter;
  entry.vote_id = events::uuid_v7(poll.row.latest.at, {});
  entry.choices = choices;
  entry.added = std::move(choices);
  add(poll, after_ms, std::move(entry));
}

void ReadFixture::close(TestPoll& poll, std::int64_t after_ms) const {
  poll.row.closed = Seq(poll.entries.size());
  add_event(poll, after_ms,
            events::PollClosed{poll.row.settings.poll, {}, events::ClosedBy::owner});
}

void ReadFixture::write(const TestPoll& poll, const std::string& schema) {
  pqxx::connection connection(database);
  pqxx::work work(connection);
  work.exec("SET LOCAL search_path TO " + schema);
  const std::uint64_t id = poll.row.settings.poll.bits();
  for (const char* table : {"polls", "poll_results", "poll_events", "result_history"}) {
    work.exec("DELETE FROM " + std::string(table) + " WHERE poll_id = " + std::to_string(id));
  }
  const int status = poll.row.parked ? 3 : poll.row.hidden ? 2 : poll.row.closed ? 1 : 0;
  insert(work, "polls", {poll_values(work, poll.row)});
  insert(work, "poll_results",
         {"(" + counts_values(id, poll.row.latest) + "," + std::to_string(status) + ")"});
  std::vector<std::string> entries;
  std::vector<std::string> kept;
  for (std::size_t i = 0; i < poll.entries.size(); ++i) {
    entries.push_back(entry_values(work, id, poll.entries[i]));
    if (is_kept(poll.history, i)) kept.push_back("(" + counts_values(id, poll.history[i]) + ")");
  }
  insert(work, "poll_events", entries);
  insert(work, "result_history", kept);
  work.commit();
  latest->notified({{poll.row.settings.poll, poll.row.latest.seq}});
}

http::Header ReadFixture::cookie(const events::DeviceId& device) const {
  return {"Cookie", "theme=dark; fp_voter=" + events::voter_token(mac, device)};
}

events::VoterTag ReadFixture::tag(const TestPoll& poll, const events::DeviceId& device) const {
  return events::tag_of_device({mac, poll.row.settings.poll}, device);
}

}  // namespace flashpoll::query::test
