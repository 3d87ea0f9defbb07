#include "query/exports.h"

#include <algorithm>

#include "query/bodies.h"

namespace flashpoll::query {

namespace {

using events::Seq;

constexpr std::uint64_t kPage = 1000;

/// One export on its way. Pulled by one piece at a time, so it needs no lock.
class Export : public std::enable_shared_from_this<Export> {
 public:
  Export(ReadPool& pool, const SeenPoll& poll, ExportFormat format)
      : pool_(pool),
        poll_(poll.id()),
        last_(poll.row.latest.seq),
        format_(format),
        shape_(poll.withheld == Withheld::no ? EntryShape::with_line : EntryShape::withheld) {}

  void pull(const http::BodySource::Next& next) {
    if (next_ > last_) return next(std::nullopt);
    const auto job = [self = shared_from_this(), next](ReadTables& tables) {
      next(self->page(tables));
    };
    // A read that fails drops `next` uncalled: the stream breaks off.
    try {
      pool_.submit(job, [](const std::exception_ptr&) {});
    } catch (const std::exception&) {
      return;
    }
  }

 private:
  std::string page(ReadTables& tables) {
    const EntryFilter filter{
        .poll = poll_, .first = next_, .last = std::min(last_, Seq(next_.value + kPage - 1))};
    std::string piece;
    if (next_.value == 0 && format_ == ExportFormat::csv) piece = kCsvHead;
    for (const EntryRow& entry : tables.entries(filter, kPage).entries) append(piece, entry);
    next_ = Seq(filter.last.value + 1);
    return piece;
  }

  void append(std::string& piece, const EntryRow& entry) const {
    if (format_ == ExportFormat::csv) return append_csv(piece, poll_, entry, shape_);
    append_entry(piece, poll_, entry, shape_);
    piece.push_back('\n');
  }

  ReadPool& pool_;
  const events::PollId poll_;
  const Seq last_;
  const ExportFormat format_;
  const EntryShape shape_;
  Seq next_;
};

http::Response head_of(const SeenPoll& poll, ExportFormat format) {
  const bool is_csv = format == ExportFormat::csv;
  http::Response head{200, is_csv ? "text/csv; charset=utf-8" : "application/x-ndjson", "",
                      cache_headers(poll, false)};
  head.headers.emplace_back("Export-Seq", std::to_string(poll.row.latest.seq.value));
  head.headers.emplace_back("Content-Disposition", "attachment; filename=\"" + poll.id().text() +
                                                       (is_csv ? ".csv\"" : ".ndjson\""));
  return head;
}

}  // namespace

void export_entries(const Reads& reads, std::shared_ptr<http::Exchange> exchange,
                    events::PollId poll, ExportFormat format, Look look) {
  const auto begin = [&pool = reads.pool(), exchange, format](const SeenPoll& seen) {
    const auto running = std::make_shared<Export>(pool, seen, format);
    exchange->answer_stream(head_of(seen, format), {[running](const http::BodySource::Next& next) {
                              running->pull(next);
                            }});
  };
  reads.run(exchange, [poll, look = std::move(look), begin, exchange](ReadTables& tables) {
    auto seen = see(tables, poll, look);
    if (const auto* refused = std::get_if<Refused>(&seen)) {
      exchange->answer(problem_of(*refused, exchange->request()));
    } else {
      begin(std::get<SeenPoll>(seen));
    }
  });
}

}  // namespace flashpoll::query
