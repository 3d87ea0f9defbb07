#include "infra/ledger/postgres_tail.h"

#include <poll.h>

#include <algorithm>
#include <string>

#include "infra/ledger/postgres_channel.h"
#include "infra/runtime/check.h"
#include "infra/runtime/fault.h"

namespace flashpoll::ledger {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kLookEvery{250};
constexpr milliseconds kConnectEvery{100};
constexpr milliseconds kServerLimit{5'000};
constexpr std::size_t kFirstPage = 1'000;

/// Partition by partition in the order of the parameters, each one's segments in order: the lateral
/// part is a walk along the primary key, and its limits are offsets, as these are dense.
constexpr const char* kFetch = R"sql(
SELECT s.partition, s.first_offset, s.count, s.ms, s.payload
FROM unnest($1::integer[], $2::bigint[], $3::bigint[]) AS w (partition, low, high)
CROSS JOIN LATERAL (
  SELECT * FROM ledger.segments t
  WHERE t.partition = w.partition AND t.first_offset >= w.low AND t.first_offset < w.high
  ORDER BY t.first_offset
) s
)sql";

constexpr const char* kLocate = R"sql(
SELECT w.partition, h.next_offset, s.first_offset, s.count
FROM unnest($1::integer[], $2::bigint[]) WITH ORDINALITY AS w (partition, next, nr)
LEFT JOIN ledger.heads h ON h.partition = w.partition
LEFT JOIN LATERAL (
  SELECT t.first_offset, t.count FROM ledger.segments t
  WHERE t.partition = w.partition AND t.first_offset <= w.next
  ORDER BY t.first_offset DESC LIMIT 1
) s ON true
ORDER BY w.nr
)sql";

/// Plans that walk the primary key, whatever the statistics say.
constexpr const char* kSession =
    "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off;"
    "SET enable_bitmapscan = off; SET enable_sort = off; SET enable_hashjoin = off;"
    "SET enable_mergejoin = off";

std::string place(Partition partition, Offset offset) {
  return "offset " + std::to_string(offset) + " of partition " + std::to_string(partition);
}

}  // namespace

PostgresTail::PostgresTail(pg::Target target, LandedSegments& landed, std::vector<Start> starts)
    : target_(std::move(target)), landed_(landed), page_records_(kFirstPage) {
  for (const Start& start : starts) {
    FP_CHECK(start.offset >= 0, "an offset is not negative");
    positions_.push_back({start.partition, start.offset, start.offset, true});
  }
}

std::span<const Record> PostgresTail::read(std::size_t max_records, milliseconds wait) {
  FP_CHECK(max_records > 0, "somebody who reads wants records");
  const Time until = Clock::now() + wait;
  records_.clear();
  while (connect(until)) {
    if (Clock::now() >= next_look_) locate();
    if (due_) fetch(max_records);
    take_landed();  // last, as what it takes must not be dropped by a fault
    if (!records_.empty() || woken_.exchange(false) || Clock::now() >= until) break;
    wait_for_more(until);
  }
  return records_;
}

void PostgresTail::wake() {
  woken_ = true;
  wake_.signal();
}

void PostgresTail::wait_for_more(Time until) {
  const auto pause = std::chrono::ceil<milliseconds>(std::min(until, next_look_) - Clock::now());
  const auto told = connection_->notifications(std::max(pause, milliseconds(0)), &wake_);
  (void)wake_.take();
  // What this process appended lands in memory, if it has not yet.
  const std::string own = std::to_string(landed_.writer());
  const bool others = std::ranges::any_of(
      told, [&own](const pg::Notification& notification) { return notification.payload != own; });
  due_ = due_ || others || listener_.take_missed();
}

bool PostgresTail::connect(Time until) {
  if (connection_ && connection_->usable()) return true;
  connection_.reset();
  const Time now = Clock::now();
  if (now < next_connect_) {
    const auto pause = std::chrono::ceil<milliseconds>(std::min(until, next_connect_) - now);
    pollfd woken{wake_.descriptor(), POLLIN, 0};
    (void)poll(&woken, 1, static_cast<int>(std::max<std::int64_t>(0, pause.count())));
    (void)wake_.take();
    if (woken_.exchange(false) || Clock::now() >= until) return false;
  }
  next_connect_ = Clock::now() + kConnectEvery;
  connection_.emplace(target_, kServerLimit);
  connection_->set_limit(kServerLimit);
  connection_->exec(kSession);
  connection_->prepare("fetch", kFetch, pg::Params().integers({}).bigints({}).bigints({}));
  connection_->prepare("locate", kLocate, pg::Params().integers({}).bigints({}));
  // Before the first look, so that nothing can come between the two unheard.
  connection_->exec(std::string("LISTEN ") + kLedgerChannel);
  next_look_ = Clock::now();
  return true;
}

void PostgresTail::locate() {
  std::vector<std::int32_t> partitions;
  std::vector<Offset> next;
  for (const Position& position : positions_) {
    partitions.push_back(static_cast<std::int32_t>(position.partition));
    next.push_back(position.next);
  }
  const pg::Result found = connection_->exec_prepared(
      "locate", pg::Params().integers(partitions).bigints(next), pg::Format::binary);
  FP_CHECK(found.rows() == static_cast<int>(positions_.size()), "one row for each position");
  for (int row = 0; row < found.rows(); ++row) {
    check(positions_[static_cast<std::size_t>(row)], found, row);
  }
  next_look_ = Clock::now() + kLookEvery;
}

void PostgresTail::check(Position& position, const pg::Result& found, int row) {
  if (found.is_null(row, 1)) {
    throw Corrupt("ledger: partition " + std::to_string(position.partition) + " has no head");
  }
  const Offset end = found.integer(row, 1);
  if (position.next > end) {
    throw Corrupt("ledger: " + place(position.partition, position.next) +
                  " was read before, but the ledger ends at " + std::to_string(end) +
                  "; it was truncated or exchanged");
  }
  position.boundary = position.next;
  if (position.next == end) return;
  const bool there =
      !found.is_null(row, 2) && position.next < found.integer(row, 2) + found.integer(row, 3);
  if (!there) throw Corrupt("ledger: " + place(position.partition, position.next) + " is missing");
  position.boundary = found.integer(row, 2);
  position.behind = true;
  due_ = true;
}

}  // namespace flashpoll::ledger
