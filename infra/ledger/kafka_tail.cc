#include "infra/ledger/kafka_tail.h"

#include <poll.h>

#include <algorithm>
#include <string>

#include "infra/ledger/kafka_offsets.h"
#include "infra/ledger/kafka_time.h"
#include "infra/runtime/check.h"
#include "infra/runtime/fault.h"

namespace flashpoll::ledger {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kAskWithin{5'000};
constexpr milliseconds kVerifyEvery{5'000};
constexpr milliseconds kVerifyWithin{200};
constexpr milliseconds kVerifyAgain{500};
/// Only so that a signal that got lost would cost no more than this.
constexpr milliseconds kLookEvery{100};

std::string place(Partition partition, Offset offset) {
  return "offset " + std::to_string(offset) + " of partition " + std::to_string(partition);
}

std::string cut_short(Partition partition, Offset next, Offset end) {
  return "ledger: " + place(partition, next) + " was read before, but the topic ends at " +
         std::to_string(end) + "; it was truncated or exchanged";
}

std::int64_t append_time_of(const rd_kafka_message_t& message) {
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const std::int64_t time_ms = rd_kafka_message_timestamp(&message, &type);
  if (type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME) return time_ms;
  throw Corrupt("ledger: " + place(static_cast<Partition>(message.partition), message.offset) +
                " has no append time of the broker's (message.timestamp.type)");
}

/// The time that an imported record brought along.
std::optional<std::int64_t> own_time_of(const rd_kafka_message_t& message) {
  rd_kafka_headers_t* headers = nullptr;  // the message's
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::nullopt;
  }
  const void* value = nullptr;
  std::size_t size = 0;
  if (rd_kafka_header_get_last(headers, kKafkaTimeHeader, &value, &size) !=
      RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::nullopt;
  }
  const auto time_ms = parse_kafka_time({static_cast<const char*>(value), size});
  if (time_ms) return time_ms;
  throw Corrupt("ledger: " + place(static_cast<Partition>(message.partition), message.offset) +
                " has a header " + kKafkaTimeHeader + " that is no time");
}

std::string_view bytes_of(const void* data, std::size_t size) {
  return data == nullptr ? std::string_view()
                         : std::string_view(static_cast<const char*>(data), size);
}

}  // namespace

KafkaTail::KafkaTail(KafkaTarget target, std::vector<Start> starts, KafkaRole role,
                     runtime::Log& log, std::function<std::shared_ptr<KafkaClient>()> asker,
                     Relay* relay)
    : target_(std::move(target)),
      asker_(std::move(asker)),
      client_(std::make_shared<KafkaClient>(target_, role, log)),
      topic_(rd_kafka_topic_new(client_->get(), target_.topic.c_str(), nullptr)),
      queue_(rd_kafka_queue_new(client_->get())),
      batch_(std::make_shared<KafkaBatch>(client_)) {
  if (relay != nullptr) leader_.emplace(*relay, starts);
  for (const Start& start : starts) {
    FP_CHECK(start.offset >= 0, "an offset is not negative");
    index_.resize(std::max<std::size_t>(index_.size(), start.partition + 1));
    index_[start.partition] = positions_.size();
    positions_.push_back(
        {.partition = start.partition, .first = start.offset, .next = start.offset});
  }
  const std::uint64_t one = 1;  // what an eventfd takes
  rd_kafka_queue_io_event_enable(queue_.get(), signal_.descriptor(), &one, sizeof one);
}

KafkaTail::~KafkaTail() {
  rd_kafka_queue_io_event_enable(queue_.get(), -1, nullptr, 0);
  batch_.reset();
  for (const Position& position : positions_) {
    if (!begun_) break;
    (void)rd_kafka_consume_stop(topic_.get(), static_cast<std::int32_t>(position.partition));
  }
}

std::span<const Record> KafkaTail::read(std::size_t max_records, milliseconds wait_for) {
  FP_CHECK(max_records > 0, "somebody who reads wants records");
  const Time until = Clock::now() + wait_for;
  clear_batch();
  if (!begun_) begin();
  if (suspect_) look_for_topic();
  for (;;) {
    fetch(max_records);
    if (Clock::now() >= next_verify_) verify();
    if (!batch_->records.empty() || woken_.exchange(false) || Clock::now() >= until) break;
    wait(until);
  }
  if (leader_ && !batch_->records.empty()) leader_->hand_on({batch_, &batch_->records});
  return batch_->records;
}

void KafkaTail::clear_batch() {
  if (leader_ && !batch_->records.empty()) {
    batch_ = std::make_shared<KafkaBatch>(client_);
  } else {
    batch_->records.clear();
    batch_->messages.clear();
  }
}

void KafkaTail::wake() {
  woken_ = true;
  signal_.signal();
}

void KafkaTail::begin() {
  std::vector<KafkaAsked> asked;
  for (const Position& position : positions_) {
    asked.push_back({position.partition, RD_KAFKA_OFFSET_BEGINNING});
  }
  const auto client = asker_();
  const auto lows = kafka_offsets(*client, target_.topic, asked, kAskWithin);
  for (KafkaAsked& one : asked) one.what = RD_KAFKA_OFFSET_END;
  const auto ends = kafka_offsets(*client, target_.topic, asked, kAskWithin);
  for (std::size_t i = 0; i < positions_.size(); ++i) {
    const Position& position = positions_[i];
    if (position.next > ends[i]) {
      throw Corrupt(cut_short(position.partition, position.next, ends[i]));
    }
    if (position.next < lows[i]) {
      throw Corrupt("ledger: " + place(position.partition, position.next) +
                    " is gone: the topic begins at " + std::to_string(lows[i]));
    }
  }
  // A client that learns of the topic too early is told of none, and asks again much later.
  if (kafka_topic(*client_, target_.topic, kAskWithin) == nullptr) {
    throw Corrupt("ledger: the topic " + target_.topic + " is gone");
  }
  for (const Position& position : positions_) {
    const int started = rd_kafka_consume_start_queue(
        topic_.get(), static_cast<std::int32_t>(position.partition), position.next, queue_.get());
    FP_CHECK(started == 0, "a partition is fetched by one tail once");
  }
  begun_ = true;
}

void KafkaTail::look_for_topic() {
  require_kafka_topic(*asker_(), target_.topic, kAskWithin);
  // A client that was told of no such topic does not ask again for minutes.
  (void)client_->metadata(target_.topic, kAskWithin);
  suspect_ = false;
  next_verify_ = {};
}

void KafkaTail::verify() {
  std::vector<KafkaAsked> asked;
  for (Position& position : positions_) {
    if (position.seen_ms < 0) see(position);
    const bool any = position.seen_ms >= 0;
    asked.push_back({position.partition, any ? position.seen_ms + 1 : RD_KAFKA_OFFSET_END});
  }
  std::vector<Offset> found;
  try {
    found = kafka_offsets(*asker_(), target_.topic, asked, kVerifyWithin);
  } catch (const UnknownKafkaTopic&) {
    suspect_ = true;
    return;
  } catch (const Unavailable&) {
    next_verify_ = Clock::now() + kVerifyAgain;
    return;
  }
  next_verify_ = Clock::now() + kVerifyEvery;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    compare(positions_[i], found[i]);
    see(positions_[i]);
  }
}

void KafkaTail::see(Position& position) {
  position.seen_next = position.next;
  position.seen_ms = position.latest_ms;
}

void KafkaTail::compare(Position& position, Offset found) {
  if (position.seen_ms < 0) {
    if (found < position.next) throw Corrupt(cut_short(position.partition, position.next, found));
    return;
  }
  const bool read_otherwise = found >= position.first && found < position.seen_next;
  if (found >= 0 && (read_otherwise || found < position.later_from)) {
    throw Corrupt("ledger: " + place(position.partition, found) +
                  " is not what was read there: the topic was exchanged");
  }
  position.later_from = found < 0 ? position.seen_next : found;
}

void KafkaTail::fetch(std::size_t max_records) {
  rd_kafka_poll(client_->get(), 0);  // the client's complaints
  fetched_.resize(max_records);
  const ssize_t count = rd_kafka_consume_batch_queue(queue_.get(), 0, fetched_.data(), max_records);
  auto& messages = batch_->messages;
  for (ssize_t i = 0; i < count; ++i) messages.emplace_back(fetched_[static_cast<std::size_t>(i)]);
  for (const KafkaMessage& message : messages) take(*message);
}

void KafkaTail::take(const rd_kafka_message_t& message) {
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) return take_fault(message);
  Position& position = positions_[index_.at(static_cast<std::size_t>(message.partition))];
  if (message.offset < position.next) {
    throw Corrupt("ledger: " + place(position.partition, message.offset) + " was read twice");
  }
  const std::int64_t append_ms = append_time_of(message);
  position.next = message.offset + 1;
  if (position.latest_ms < 0) next_verify_ = {};  // the sooner it is known, the better
  position.latest_ms = std::max(position.latest_ms, append_ms);
  batch_->records.push_back(
      {position.partition, message.offset, own_time_of(message).value_or(append_ms),
       bytes_of(message.key, message.key_len), bytes_of(message.payload, message.len)});
}

void KafkaTail::take_fault(const rd_kafka_message_t& message) {
  const std::string text = rd_kafka_message_errstr(&message);
  switch (message.err) {
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      throw Corrupt("ledger: partition " + std::to_string(message.partition) +
                    " was truncated or exchanged: " + text);
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
      throw Corrupt("ledger: a damaged record in partition " + std::to_string(message.partition) +
                    ": " + text);
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      suspect_ = true;  // and looked for by the next read, when no record of this one waits
      return;
    default:
      return;  // the client goes on by itself, and has logged it
  }
}

void KafkaTail::wait(Time until) {
  const Time now = Clock::now();
  const auto left = std::chrono::ceil<milliseconds>(std::min(until, now + kLookEvery) - now);
  pollfd signalled{signal_.descriptor(), POLLIN, 0};
  (void)poll(&signalled, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
  (void)signal_.take();
}

}  // namespace flashpoll::ledger
