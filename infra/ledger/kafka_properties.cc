#include "infra/ledger/kafka_properties.h"

#include <algorithm>
#include <array>
#include <utility>

namespace flashpoll::ledger {
namespace {

using Row = std::pair<std::string_view, std::string_view>;

constexpr std::string_view kDurable = "what is acknowledged must be on all replicas in sync";
constexpr std::string_view kOrder = "the order within a partition rests on it";
constexpr std::string_view kInDoubt =
    "an append is in doubt after a fixed time, which the answers to clients are built upon";
constexpr std::string_view kNothingSkipped = "a reader must never skip or repeat a record";
constexpr std::string_view kNoGroup = "readers keep their positions themselves, there is no group";
constexpr std::string_view kReports = "each append needs its report";
constexpr std::string_view kIdempotence =
    "the idempotent producer can fail for good; duplicates are removed when the ledger is read";
constexpr std::string_view kPartition = "each record names its partition";
constexpr std::string_view kNoCode = "it loads foreign code or replaces the brokers";

constexpr std::array kFixed = {
    Row{"acks", kDurable},
    Row{"request.required.acks", kDurable},
    Row{"enable.idempotence", kIdempotence},
    Row{"enable.gapless.guarantee", kIdempotence},
    Row{"transactional.id", kIdempotence},
    Row{"max.in.flight", kOrder},
    Row{"max.in.flight.requests.per.connection", kOrder},
    Row{"queuing.strategy", kOrder},
    Row{"message.send.max.retries", kInDoubt},
    Row{"retries", kInDoubt},
    Row{"message.timeout.ms", kInDoubt},
    Row{"delivery.timeout.ms", kInDoubt},
    Row{"delivery.report.only.error", kReports},
    Row{"produce.offset.report", kReports},
    Row{"partitioner", kPartition},
    Row{"check.crcs", kNothingSkipped},
    Row{"auto.offset.reset", kNothingSkipped},
    Row{"isolation.level", kNothingSkipped},
    Row{"enable.partition.eof", kNothingSkipped},
    Row{"allow.auto.create.topics", "the topic is made on purpose, with all its settings"},
    Row{"group.id", kNoGroup},
    Row{"group.instance.id", kNoGroup},
    Row{"enable.auto.commit", kNoGroup},
    Row{"auto.commit.enable", kNoGroup},
    Row{"enable.auto.offset.store", kNoGroup},
    Row{"offset.store.method", kNoGroup},
    Row{"offset.store.path", kNoGroup},
    Row{"plugin.library.paths", kNoCode},
    Row{"test.mock.num.brokers", kNoCode},
};

constexpr std::array<std::string_view, 5> kSecretWords = {"password", "secret", "key.pem",
                                                          "oauthbearer.config", "token"};

}  // namespace

std::string_view why_fixed(std::string_view property) {
  const auto found = std::ranges::find(kFixed, property, &Row::first);
  return found == kFixed.end() ? std::string_view() : found->second;
}

bool is_secret_property(std::string_view property) {
  return std::ranges::any_of(kSecretWords, [&](std::string_view word) {
    return property.find(word) != std::string_view::npos;
  });
}

}  // namespace flashpoll::ledger
