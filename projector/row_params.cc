#include "projector/row_params.h"

#include <algorithm>
#include <utility>

namespace flashpoll::projector {

namespace {

std::int64_t number(events::Seq seq) { return static_cast<std::int64_t>(seq.value); }
std::int64_t number(events::PollId id) { return static_cast<std::int64_t>(id.bits()); }
std::int64_t number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

template <std::size_t N>
std::string_view view(const std::array<std::uint8_t, N>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), N};
}

std::string_view view(const events::Choices& choices) {
  return {reinterpret_cast<const char*>(choices.data()), choices.size()};
}

std::string bigints(const std::vector<std::uint64_t>& counts) {
  const std::vector<std::int64_t> values(counts.begin(), counts.end());
  return pg::bigint_array(values);
}

/// An array as text, `{"a","b \"c\""}`: arrays of different lengths are no rows of a matrix, so
/// each is an element of a text[].
std::string array_text(const std::vector<std::string>& values) {
  std::string text = "{";
  for (const std::string& value : values) {
    if (text.size() > 1) text += ',';
    text += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text + '}';
}

std::string array_text(const std::vector<std::uint64_t>& counts) {
  std::string text = "{";
  for (const std::uint64_t count : counts) {
    if (text.size() > 1) text += ',';
    text += std::to_string(count);
  }
  return text + '}';
}

/// Adds columns to the parameters, each an array with one value per row.
template <typename Rows>
class Columns {
 public:
  Columns(pg::Params& params, const Rows& rows) : params_(params), rows_(rows) {}

  template <typename Value>
  Columns& numbers(Value value) {
    std::vector<std::int64_t> column;
    column.reserve(rows_.size());
    for (const auto& row : rows_) column.push_back(static_cast<std::int64_t>(value(row)));
    params_.bigints(column);
    return *this;
  }
  template <typename Value>
  Columns& texts(Value value) {
    const auto column = strings(value);
    params_.texts(std::vector<std::string_view>(column.begin(), column.end()));
    return *this;
  }
  template <typename Value>
  Columns& bytes(Value value) {
    const auto column = strings(value);
    params_.byteas(std::vector<std::string_view>(column.begin(), column.end()));
    return *this;
  }

 private:
  template <typename Value>
  std::vector<std::string> strings(Value value) {
    std::vector<std::string> column;
    column.reserve(rows_.size());
    for (const auto& row : rows_) column.emplace_back(value(row));
    return column;
  }

  pg::Params& params_;
  const Rows& rows_;
};

}  // namespace

void add_entry(pg::CopyRows& copy, const EntryRow& row) {
  const auto seq_or_null = [&copy](const std::optional<events::Seq>& seq) {
    seq ? copy.bigint(number(*seq)) : copy.null();
  };
  copy.row(13)
      .bigint(number(row.poll))
      .bigint(number(row.seq))
      .bigint(row.at)
      .smallint(static_cast<std::int16_t>(row.type))
      .smallint(static_cast<std::int16_t>(row.reason));
  row.voter ? copy.bytes(view(row.voter->bytes)) : copy.null();
  row.vote_id ? copy.bytes(view(row.vote_id->bytes)) : copy.null();
  row.choices ? copy.bytes(view(*row.choices)) : copy.null();
  seq_or_null(row.replaces);
  copy.bytes(view(row.added)).bytes(view(row.removed));
  seq_or_null(row.original);
  row.body ? copy.bytes(*row.body) : copy.null();
}

void add_history(pg::CopyRows& copy, const ResultRow& row) {
  copy.row(7)
      .bigint(number(row.poll))
      .bigint(number(row.seq))
      .bigint(row.at)
      .bytes(bigints(row.votes))
      .bigint(number(row.voters))
      .bigint(number(row.counted))
      .bigint(number(row.voided));
}

pg::CopyRows entry_rows(std::span<const Step> steps) {
  std::vector<const EntryRow*> rows;
  for (const Step& step : steps) {
    for (const EntryRow& row : step.rows.entries) rows.push_back(&row);
  }
  std::ranges::sort(rows, {}, [](const EntryRow* row) { return std::pair(row->poll, row->seq); });
  pg::CopyRows copy;
  for (const EntryRow* row : rows) add_entry(copy, *row);
  return copy;
}

pg::CopyRows history_rows(std::span<const Step> steps) {
  pg::CopyRows copy;
  for (const Step& step : steps) {
    for (const ResultRow& row : step.rows.history) add_history(copy, row);
  }
  return copy;
}

Results results_of(std::span<const Step> steps) {
  Results rows;
  for (const Step& step : steps) {
    for (const ResultRow& row : step.rows.results) rows.push_back(&row);
  }
  std::ranges::sort(rows, {}, [](const ResultRow* row) { return row->poll; });
  return rows;
}

Polls polls_of(std::span<const Step> steps) {
  Polls rows;
  for (const Step& step : steps) {
    for (const PollRow& row : step.rows.polls) rows.push_back(&row);
  }
  std::ranges::sort(rows, {}, [](const PollRow* row) { return row->settings.poll; });
  return rows;
}

pg::Params move_params(std::span<const Step> steps, int reader) {
  pg::Params params;
  std::vector<std::int32_t> partitions;
  for (const Step& step : steps) partitions.push_back(static_cast<std::int32_t>(step.partition));
  params.integers(partitions);
  Columns(params, steps)
      .numbers([](const Step& step) { return step.from.next; })
      .numbers([](const Step& step) { return step.to.next; })
      .numbers([](const Step& step) { return step.to.last ? step.to.last->offset : -1; })
      .bytes([](const Step& step) {
        return step.to.last ? view(step.to.last->digest) : std::string_view();
      });
  return params.integer(reader);
}

pg::Params result_params(const Results& rows) {
  pg::Params params;
  Columns(params, rows)
      .numbers([](const ResultRow* row) { return number(row->poll); })
      .numbers([](const ResultRow* row) { return number(row->seq); })
      .numbers([](const ResultRow* row) { return row->at; })
      .texts([](const ResultRow* row) { return array_text(row->votes); })
      .numbers([](const ResultRow* row) { return row->voters; })
      .numbers([](const ResultRow* row) { return row->counted; })
      .numbers([](const ResultRow* row) { return row->voided; })
      .numbers([](const ResultRow* row) { return row->status; });
  return params;
}

pg::Params poll_params(const Polls& rows) {
  pg::Params params;
  using Row = const PollRow*;
  Columns(params, rows)
      .numbers([](Row row) { return number(row->settings.poll); })
      .numbers([](Row row) { return row->settings.min; })
      .numbers([](Row row) { return row->settings.max; })
      .numbers([](Row row) { return row->settings.method; })
      .numbers([](Row row) { return row->settings.results; })
      .numbers([](Row row) { return row->settings.eligibility; })
      .numbers([](Row row) { return row->settings.allow_change; })
      .numbers([](Row row) { return row->opened_at; })
      .numbers([](Row row) { return row->settings.opens_at; })
      .numbers([](Row row) { return row->settings.closes_at; })
      .numbers([](Row row) { return row->first_closes_at; })
      .numbers([](Row row) { return row->state; })
      .numbers([](Row row) { return row->codes_issued; })
      .numbers([](Row row) { return row->closed ? number(row->closed->seq) : -1; })
      .numbers([](Row row) { return row->closed ? row->closed->at : -1; })
      .numbers([](Row row) { return row->closed_by ? static_cast<int>(*row->closed_by) : -1; })
      .numbers([](Row row) { return row->hidden ? number(row->hidden->seq) : -1; })
      .numbers([](Row row) { return row->hidden ? row->hidden->at : -1; })
      .texts([](Row row) { return row->settings.id.text(); })
      .texts([](Row row) { return row->settings.question; })
      .texts([](Row row) { return array_text(row->settings.choices); })
      .bytes([](Row row) { return view(row->settings.manage); })
      .bytes([](Row row) { return view(row->settings.key); });
  return params;
}

pg::Params parked_params(ledger::Partition partition, const ParkedRow& row) {
  return pg::Params()
      .bigint(number(row.poll))
      .integer(static_cast<std::int32_t>(partition))
      .bigint(row.offset)
      .text(row.type)
      .bigint(row.seq ? number(*row.seq) : -1)
      .bigint(row.at.value_or(-1));
}

pg::Params stray_params(ledger::Partition partition, std::span<const StrayRow> rows) {
  pg::Params params;
  params.integer(static_cast<std::int32_t>(partition));
  Columns(params, rows)
      .numbers([](const StrayRow& row) { return row.offset; })
      .numbers([](const StrayRow& row) { return row.append_time; })
      .numbers([](const StrayRow& row) { return row.cause; })
      .numbers([](const StrayRow& row) { return row.size; })
      .bytes([](const StrayRow& row) { return row.key; })
      .bytes([](const StrayRow& row) { return row.value; });
  return params;
}

}  // namespace flashpoll::projector
