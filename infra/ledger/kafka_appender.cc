#include "infra/ledger/kafka_appender.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "infra/ledger/kafka_time.h"
#include "infra/runtime/check.h"
#include "infra/runtime/thread.h"

namespace flashpoll::ledger {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kStopWithin{2'500};
constexpr milliseconds kPurgeWithin{500};
/// More than so many entries of `kWindow` are held back until the next one begins. Single votes are
/// fewer.
constexpr std::size_t kAtOnce = 1'200;
constexpr milliseconds kWindow{15};

/// Refusals of a leader that looks at a batch before it writes any of it.
constexpr std::array kRefusals = {
    RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
    RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE,
    RD_KAFKA_RESP_ERR_INVALID_RECORD,
    RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
    RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
};

AppendResult result_of(const rd_kafka_message_t& message, bool exactly_once) {
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (message.offset >= 0) return {AppendStatus::appended, message.offset};
    // The idempotent producer learns from the brokers that it is in already. The other one cannot.
    return {exactly_once ? AppendStatus::appended : AppendStatus::in_doubt, std::nullopt};
  }
  // librdkafka keeps "possibly persisted" of an earlier try when a later one is refused.
  const bool refused = std::ranges::find(kRefusals, message.err) != kRefusals.end() &&
                       rd_kafka_message_status(&message) == RD_KAFKA_MSG_STATUS_NOT_PERSISTED;
  return {refused ? AppendStatus::not_appended : AppendStatus::in_doubt, std::nullopt};
}

rd_kafka_message_t message_of(const Entry& entry, void* ticket) {
  rd_kafka_message_t message{};
  message.payload = const_cast<char*>(entry.value.data());
  message.len = entry.value.size();
  message.key = const_cast<char*>(entry.key.data());
  message.key_len = entry.key.size();
  message._private = ticket;
  return message;
}

}  // namespace

KafkaAppender::KafkaAppender(KafkaTarget target, const KafkaLedgerLimits& limits, runtime::Log& log)
    : target_(std::move(target)), limits_(limits), log_(log) {
  use(make_client());
  thread_ =
      runtime::start_thread("kafka-append", [this](const std::stop_token& stop) { run(stop); });
}

KafkaAppender::~KafkaAppender() {
  set_taking(false);
  (void)wait_idle(Clock::now() + kStopWithin);
  thread_.request_stop();
  thread_.join();
  if (!idle()) purge(*client());
  const runtime::MutexLock lock(mutex_);
  topic_.reset();
  client_.reset();
}

std::shared_ptr<KafkaClient> KafkaAppender::make_client() {
  const auto role = limits_.exactly_once ? KafkaRole::importer : KafkaRole::producer;
  return std::make_shared<KafkaClient>(
      target_, role, log_, [this](const rd_kafka_message_t& message) { take_report(message); });
}

std::shared_ptr<KafkaClient> KafkaAppender::client() const {
  const runtime::MutexLock lock(mutex_);
  return client_;
}

bool KafkaAppender::append(std::vector<Entry> entries, AppendDone done) {
  FP_CHECK(!entries.empty(), "a batch holds an entry");
  auto batch = std::make_unique<Batch>();
  batch->results.resize(entries.size());
  batch->open = entries.size();
  batch->done = std::move(done);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    batch->bytes += entries[i].key.size() + entries[i].value.size();
    batch->tickets.push_back({batch.get(), i});
  }
  const runtime::MutexLock lock(mutex_);
  if (!taking_ || entries_ + entries.size() > limits_.pending_entries) return false;
  if (bytes_ + batch->bytes > limits_.pending_bytes) return false;
  entries_ += entries.size();
  bytes_ += batch->bytes;
  Batch& kept = *batch;
  batches_.emplace(&kept, std::move(batch));
  held_entries_ += entries.size();
  held_.push_back({std::move(entries), &kept});
  hand_over_if_due();
  return true;
}

void KafkaAppender::hand_over_if_due() {
  if (held_.empty()) return;
  if (const Time now = Clock::now(); now - window_ >= kWindow) {
    window_ = now;
    in_window_ = 0;
  }
  if (in_window_ > kAtOnce) return;
  in_window_ += held_entries_;
  hand_over();
}

void KafkaAppender::hand_over() {
  for (const Held& held : held_) {
    for (std::size_t i = 0; i < held.entries.size(); ++i) {
      const Entry& entry = held.entries[i];
      // An import sets the time of all entries.
      if (entry.time_ms) {
        produce_timed(entry, held.batch->tickets[i]);
      } else {
        messages_of(entry.partition).push_back(message_of(entry, &held.batch->tickets[i]));
      }
    }
  }
  for (std::size_t partition = 0; partition < messages_.size(); ++partition) produce(partition);
  held_.clear();
  held_entries_ = 0;
}

std::vector<rd_kafka_message_t>& KafkaAppender::messages_of(Partition partition) {
  if (partition >= messages_.size()) messages_.resize(partition + 1);
  return messages_[partition];
}

void KafkaAppender::produce(std::size_t partition) {
  auto& messages = messages_[partition];
  if (messages.empty()) return;
  rd_kafka_produce_batch(topic_.get(), static_cast<std::int32_t>(partition), RD_KAFKA_MSG_F_COPY,
                         messages.data(), static_cast<int>(messages.size()));
  for (const rd_kafka_message_t& message : messages) {
    if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    refuse(*static_cast<Ticket*>(message._private), message.err);
  }
  messages.clear();
}

void KafkaAppender::produce_timed(const Entry& entry, Ticket& ticket) {
  const std::string time = kafka_time_text(entry.time_ms.value_or(0));
  std::array<rd_kafka_vu_t, 7> parts{};
  parts[0].vtype = RD_KAFKA_VTYPE_RKT;
  parts[0].u.rkt = topic_.get();
  parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
  parts[1].u.i32 = static_cast<std::int32_t>(entry.partition);
  parts[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  parts[2].u.i = RD_KAFKA_MSG_F_COPY;
  parts[3].vtype = RD_KAFKA_VTYPE_VALUE;
  parts[3].u.mem = {const_cast<char*>(entry.value.data()), entry.value.size()};
  parts[4].vtype = RD_KAFKA_VTYPE_KEY;
  parts[4].u.mem = {const_cast<char*>(entry.key.data()), entry.key.size()};
  parts[5].vtype = RD_KAFKA_VTYPE_HEADER;
  parts[5].u.header = {kKafkaTimeHeader, time.data(), static_cast<ssize_t>(time.size())};
  parts[6].vtype = RD_KAFKA_VTYPE_OPAQUE;
  parts[6].u.ptr = &ticket;
  const KafkaFault error(rd_kafka_produceva(client_->get(), parts.data(), parts.size()));
  if (error) refuse(ticket, rd_kafka_error_code(error.get()));
}

void KafkaAppender::refuse(Ticket& ticket, rd_kafka_resp_err_t error) {
  log_.warning("kafka", "an entry was not taken", {{"error", rd_kafka_err2str(error)}});
  refused_.push_back({&ticket, {AppendStatus::not_appended, std::nullopt}});
}

void KafkaAppender::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    poll(*client(), kWindow);
    replace_failed();
  }
}

void KafkaAppender::take_report(const rd_kafka_message_t& message) {
  reports_.push_back(
      {static_cast<Ticket*>(message._private), result_of(message, limits_.exactly_once)});
  if (reports_.back().result.status != AppendStatus::appended) {
    log_.warning("kafka", "an append failed",
                 {{"error", rd_kafka_err2str(message.err)},
                  {"in_doubt", reports_.back().result.status == AppendStatus::in_doubt}});
  }
}

void KafkaAppender::poll(const KafkaClient& from, milliseconds wait) {
  rd_kafka_poll(from.get(), static_cast<int>(wait.count()));
  {
    const runtime::MutexLock lock(mutex_);
    reports_.insert(reports_.end(), refused_.begin(), refused_.end());
    refused_.clear();
  }
  for (const Report& report : reports_) settle(report);
  reports_.clear();
  const runtime::MutexLock lock(mutex_);
  hand_over_if_due();
}

void KafkaAppender::settle(const Report& report) {
  Batch& batch = *report.ticket->batch;
  batch.results[report.ticket->index] = report.result;
  if (--batch.open > 0) return;
  batch.done(batch.results);
  const runtime::MutexLock lock(mutex_);
  entries_ -= batch.results.size();
  bytes_ -= batch.bytes;
  batches_.erase(&batch);
  if (batches_.empty()) emptied_.notify_one();
}

void KafkaAppender::purge(const KafkaClient& from) {
  {
    const runtime::MutexLock lock(mutex_);
    hand_over();
  }
  (void)rd_kafka_purge(from.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  const Time until = Clock::now() + kPurgeWithin;
  while (!idle() && Clock::now() < until) poll(from, milliseconds(kafka_time_left(until)));
  const auto left = [this] {
    const runtime::MutexLock lock(mutex_);
    return std::exchange(batches_, {});
  }();
  // A report that never came: that result says in doubt since the beginning.
  for (const auto& [batch, owner] : left) batch->done(batch->results);
  const runtime::MutexLock lock(mutex_);
  entries_ = 0;
  bytes_ = 0;
  emptied_.notify_one();
}

void KafkaAppender::replace_failed() {
  std::array<char, 512> reason{};
  const auto failed = client();
  if (rd_kafka_fatal_error(failed->get(), reason.data(), reason.size()) ==
      RD_KAFKA_RESP_ERR_NO_ERROR) {
    return;
  }
  log_.error("kafka", "the producer failed for good, another one takes over",
             {{"error", reason.data()}});
  set_taking(false);  // what it holds is all there is
  purge(*failed);
  use(make_client());
  set_taking(true);
}

void KafkaAppender::use(std::shared_ptr<KafkaClient> client) {
  KafkaTopic topic(rd_kafka_topic_new(client->get(), target_.topic.c_str(), nullptr));
  FP_CHECK(topic != nullptr, "librdkafka makes an object for a topic");
  {
    const runtime::MutexLock lock(mutex_);
    std::swap(topic_, topic);
    std::swap(client_, client);
  }
  topic.reset();  // before its client
}

void KafkaAppender::set_taking(bool taking) {
  const runtime::MutexLock lock(mutex_);
  taking_ = taking;
}

bool KafkaAppender::idle() const {
  const runtime::MutexLock lock(mutex_);
  return batches_.empty();
}

bool KafkaAppender::wait_idle(Time until) {
  const runtime::MutexLock lock(mutex_);
  while (!batches_.empty() && emptied_.wait_until(mutex_, until)) {
  }
  return batches_.empty();
}

}  // namespace flashpoll::ledger
