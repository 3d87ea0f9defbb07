#include <future>

#include "infra/bench/api.h"
#include "infra/bench/long_ledger.h"
#include "infra/bench/measure.h"
#include "infra/bench/scenarios.h"
#include "infra/bench/vote_checks.h"
#include "infra/bench/vote_requests.h"
#include "infra/runtime/time.h"

namespace flashpoll::bench {

namespace {

constexpr double kQueriesPerSecond = 100;
constexpr int kVotes = 1'000;  ///< whose voters and moments are asked for
constexpr const char* kQuiet = "alone";
constexpr const char* kBusy = "while votes come";

/// What an auditor asks of the long ledger, one kind after the other: by voter, by reason, by time,
/// combined, and the newest.
class AuditQueries final : public Requests {
 public:
  explicit AuditQueries(std::int64_t begin_ms) {
    SampleVotes votes(kLongPolls, SampleVotes::Voters::some_again);
    for (int i = 0; i < kVotes; ++i) {
      const events::VoteCast vote = votes.next_event();
      const std::int64_t from_ms = begin_ms + i * kLongMs / kVotes;
      const std::string voter = "voter=" + vote.voter.text();
      const std::string reason = "reason=already_voted";
      const std::string time =
          "from=" + runtime::format_time(from_ms) + "&to=" + runtime::format_time(from_ms + 60'000);
      for (const std::string& filter :
           {voter, reason, time, reason + "&" + time, voter + "&" + reason + "&" + time,
            std::string("order=desc")}) {
        texts_.push_back(get_request("/v1/polls/" + vote.poll.text() + "/entries?" + filter));
      }
    }
  }

  std::string_view next() override { return texts_[next_++ % texts_.size()]; }

 private:
  std::vector<std::string> texts_;
  std::size_t next_ = 0;
};

class Audit {
 public:
  Audit(const Options& options, Site& site)
      : options_(options),
        begin_ms_(fill_ledger(options, site, SampleVotes::Voters::some_again)),
        before_(counted_votes(*site.open_ledger())),
        projector_(site.launch("projector")) {
    site.wait_ready(*projector_, std::chrono::hours(1));
    command_ = site.start("command");
    query_ = site.start("query");
    polls_ = open_polls(command_->port, 1);
  }

  [[nodiscard]] Figures ask() {
    AuditQueries queries(begin_ms_);
    Load load = load_of(options_, query_->port);
    load.rate = kQueriesPerSecond;
    return measure(options_, load, queries,
                   {.server = [this] { return usage_of(query_->process.pid()); }})
        .figures;
  }

  [[nodiscard]] Figures ask_while_voting() {
    auto voted = std::async(std::launch::async, [this] {
      const Pinned here(options_.loader_core());
      VoteRequests requests(polls_, "flash");
      Load load = load_of(options_, command_->port);
      load.rate = options_.vote_rate;
      return run(load, requests);
    });
    Figures figures = ask();
    const LoadFigures votes = voted.get();
    answered_ += votes.created;
    figures.emplace_back("votes /s", static_cast<double>(votes.measured) / votes.measured_seconds);
    return figures;
  }

  [[nodiscard]] std::uint64_t answered() const { return answered_; }
  /// Votes of the long history that count.
  [[nodiscard]] std::uint64_t before() const { return before_; }
  void end() {
    query_->process.end();
    projector_->process.end();
    command_->process.end();
  }

 private:
  const Options& options_;
  const std::int64_t begin_ms_;
  const std::uint64_t before_;
  std::unique_ptr<Node> projector_;
  std::unique_ptr<Node> command_;
  std::unique_ptr<Node> query_;
  std::vector<std::string> polls_;
  std::uint64_t answered_ = 0;
};

}  // namespace

Report audit(const Options& options) {
  Report report("audit", options);
  Site site(options);
  Audit audit(options, site);
  report.alternate(
      {{kQuiet, [&] { return audit.ask(); }}, {kBusy, [&] { return audit.ask_while_voting(); }}});
  report.absolute("p99 ms", kBusy, at_most(50, 20));
  report.ratio("p99 ms", kBusy, kQuiet, {});
  audit.end();
  report.fact("records", std::to_string(options.records));
  check_votes(report, site, audit.answered(), audit.before());
  return report;
}

}  // namespace flashpoll::bench
