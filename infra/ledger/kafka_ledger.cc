#include "infra/ledger/kafka_ledger.h"

#include "infra/ledger/following_tail.h"
#include "infra/ledger/kafka_appender.h"
#include "infra/ledger/kafka_checks.h"
#include "infra/ledger/kafka_offsets.h"
#include "infra/ledger/kafka_tail.h"
#include "infra/ledger/relay.h"
#include "infra/runtime/check.h"
#include "infra/runtime/fault.h"

namespace flashpoll::ledger {
namespace {

/// As much as the client's queue holds which a following tail spares.
constexpr std::size_t kRelayBytes = 128 << 20;

}  // namespace

KafkaLedger::KafkaLedger(KafkaTarget target, Partition partitions, runtime::Log& log,
                         KafkaLedgerLimits limits)
    : target_(std::move(target)),
      partitions_(partitions),
      log_(log),
      relay_(std::make_unique<Relay>(kRelayBytes)) {
  appender_ = std::make_unique<KafkaAppender>(target_, limits, log);
  const auto findings = look_at_kafka_ledger(*appender_->client(), target_, partitions_);
  runtime::require(findings);
  for (const runtime::Finding& finding : findings) {
    if (finding.name == "copies" && finding.state == runtime::Finding::State::warn) {
      caution_ = finding.text;
    }
  }
}

KafkaLedger::~KafkaLedger() = default;

bool KafkaLedger::append(std::vector<Entry> batch, AppendDone done) {
  for (const Entry& entry : batch) FP_CHECK(entry.partition < partitions_, "a partition there is");
  return appender_->append(std::move(batch), std::move(done));
}

std::vector<Offset> KafkaLedger::ends(std::chrono::milliseconds wait) {
  return kafka_offsets(*appender_->client(), target_.topic,
                       kafka_ask_all(partitions_, RD_KAFKA_OFFSET_END), wait);
}

std::unique_ptr<Tail> KafkaLedger::tail(std::vector<Start> starts, Delivery delivery) {
  for (const Start& start : starts) FP_CHECK(start.partition < partitions_, "a partition there is");
  const auto make = [this](std::vector<Start> from, KafkaRole role, Relay* relay) {
    return std::make_unique<KafkaTail>(
        target_, std::move(from), role, log_, [this] { return appender_->client(); }, relay);
  };
  switch (delivery) {
    case Delivery::at_once:
      return make(std::move(starts), KafkaRole::consumer, nullptr);
    case Delivery::leading:
      return make(std::move(starts), KafkaRole::consumer, relay_.get());
    case Delivery::following:
      break;
  }
  return std::make_unique<FollowingTail>(
      *relay_, std::move(starts), [make](std::vector<Start> from) {
        return make(std::move(from), KafkaRole::gatherer, nullptr);
      });
}

std::string KafkaLedger::cluster_id(std::chrono::milliseconds wait) const {
  const auto client = appender_->client();
  const KafkaText id(rd_kafka_clusterid(client->get(), static_cast<int>(wait.count())));
  if (id == nullptr) throw Unavailable("kafka: no broker says which cluster this is");
  return id.get();
}

}  // namespace flashpoll::ledger
