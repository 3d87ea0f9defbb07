#include "infra/ledger/kafka_client.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <span>
#include <thread>
#include <utility>

#include "infra/ledger/kafka_properties.h"
#include "infra/runtime/check.h"
#include "infra/runtime/fault.h"
#include "infra/runtime/mutex.h"
#include "infra/runtime/thread.h"

namespace flashpoll::ledger {
namespace {

using Property = std::pair<const char*, const char*>;

constexpr std::chrono::milliseconds kDestroyWithin{1'500};
constexpr int kScramMended = 0x020601ff;
constexpr int kWarning = 4;  // syslog's number

/// What an operator may set otherwise. The socket's time-out is that of a broker's session: a
/// broker that is frozen is given up when another one takes over.
constexpr std::array kDefaults = {
    Property{"client.id", "flashpoll"},
    Property{"socket.nagle.disable", "true"},
    Property{"socket.keepalive.enable", "true"},
    Property{"socket.timeout.ms", "6000"},
    Property{"socket.connection.setup.timeout.ms", "6000"},
    Property{"reconnect.backoff.ms", "50"},
    Property{"reconnect.backoff.max.ms", "1000"},
    Property{"log.connection.close", "false"},
};
constexpr std::array kProducerDefaults = {
    Property{"linger.ms", "0"},  // the caller batches already
    Property{"compression.codec", "lz4"},
    Property{"retry.backoff.ms", "50"},
};
constexpr std::array kAtOnceDefaults = {
    Property{"fetch.wait.max.ms", "100"},
    Property{"fetch.min.bytes", "1"},
};
/// A fetch for each small batch of a busy ledger costs the brokers more than its records.
constexpr std::array kGatheredDefaults = {
    Property{"fetch.wait.max.ms", "25"},
    Property{"fetch.min.bytes", "262144"},
};
constexpr std::array kConsumerDefaults = {
    Property{"fetch.error.backoff.ms", "50"},
    // A full queue pauses a partition for a fixed second: it must hold what is read in that time.
    Property{"queued.min.messages", "10000000"},
    Property{"queued.max.messages.kbytes", "131072"},
};

constexpr std::array kProducerFixed = {
    Property{"acks", "all"},
    Property{"enable.idempotence", "false"},
    Property{"max.in.flight.requests.per.connection", "1"},
    Property{"retries", "2147483647"},
    Property{"message.timeout.ms", "10000"},
    Property{"partitioner", "murmur2_random"},
    // Above our own bounds, which refuse first.
    Property{"queue.buffering.max.messages", "10000000"},
    Property{"queue.buffering.max.kbytes", "2097151"},
};
constexpr std::array kImporterFixed = {
    Property{"acks", "all"},
    Property{"enable.idempotence", "true"},
    // Not more: a broker that did not look at sequence numbers would take a batch after one that it
    // refused, and librdkafka would then hold the refused one for appended.
    Property{"max.in.flight.requests.per.connection", "1"},
    Property{"message.timeout.ms", "60000"},
    Property{"partitioner", "murmur2_random"},
    Property{"queue.buffering.max.messages", "10000000"},
    Property{"queue.buffering.max.kbytes", "2097151"},
};
constexpr std::array kConsumerFixed = {
    Property{"auto.offset.reset", "error"},
    Property{"enable.auto.commit", "false"},
    Property{"check.crcs", "true"},
    Property{"enable.partition.eof", "false"},
    Property{"isolation.level", "read_uncommitted"},
    Property{"enable.auto.offset.store", "false"},
};

void set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  std::array<char, 512> text{};
  if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text.data(), text.size()) ==
      RD_KAFKA_CONF_OK) {
    return;
  }
  const bool hide = is_secret_property(name);
  throw Misconfigured("kafka." + name + ": " + (hide ? "its value is not taken" : text.data()));
}

void set_all(rd_kafka_conf_t* conf, std::span<const Property> properties) {
  for (const auto& [name, value] : properties) set(conf, name, value);
}

bool is_consumer(KafkaRole role) {
  return role == KafkaRole::consumer || role == KafkaRole::gatherer;
}

KafkaConf make_conf(const KafkaTarget& target, KafkaRole role) {
  KafkaConf conf(rd_kafka_conf_new());
  const bool consumer = is_consumer(role);
  set_all(conf.get(), kDefaults);
  if (consumer) {
    set_all(conf.get(), kConsumerDefaults);
    set_all(conf.get(), role == KafkaRole::gatherer ? kGatheredDefaults : kAtOnceDefaults);
  } else {
    set_all(conf.get(), kProducerDefaults);
  }
  for (const auto& [name, value] : target.properties) {
    const std::string_view reason = why_fixed(name);
    if (!reason.empty()) {
      throw Misconfigured("kafka." + name + ": it cannot be set, " + std::string(reason));
    }
    set(conf.get(), name, value);
  }
  if (consumer) {
    set_all(conf.get(), kConsumerFixed);
  } else if (role == KafkaRole::importer) {
    set_all(conf.get(), kImporterFixed);
  } else {
    set_all(conf.get(), kProducerFixed);
  }
  return conf;
}

}  // namespace

void check_kafka_properties(const KafkaTarget& target) {
  for (const auto role : {KafkaRole::producer, KafkaRole::consumer}) (void)make_conf(target, role);
}

struct KafkaClient::Callbacks {
  explicit Callbacks(runtime::Log& to, OnReport report) : log(&to), on_report(std::move(report)) {}

  mutable runtime::Mutex mutex;
  runtime::Log* log FP_GUARDED_BY(mutex);  ///< null: the owner is gone
  std::string complaint FP_GUARDED_BY(mutex);
  const OnReport on_report;
  std::atomic<bool> left = false;  ///< no report any more
  bool destroyed FP_GUARDED_BY(mutex) = false;
  runtime::Condition changed;

  void note(const char* code, const char* text) {
    const runtime::MutexLock lock(mutex);
    complaint = text;
    if (log != nullptr)
      log->warning("kafka", "the client complains", {{"error", code}, {"text", text}});
  }

  std::string last_complaint() const {
    const runtime::MutexLock lock(mutex);
    return complaint;
  }

  static Callbacks& of(const rd_kafka_t* handle) {
    return *static_cast<Callbacks*>(rd_kafka_opaque(handle));
  }
  static void on_log(const rd_kafka_t* handle, int level, const char* facility, const char* text) {
    // Of a property for producers on a consumer, and the other way round.
    if (level > kWarning || std::string_view(facility) == "CONFWARN") return;
    if (rd_kafka_opaque(handle) != nullptr) of(handle).note(facility, text);
  }
  static void on_error(rd_kafka_t* handle, int code, const char* text, void*) {
    of(handle).note(rd_kafka_err2name(static_cast<rd_kafka_resp_err_t>(code)), text);
  }
  static void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    const auto& callbacks = *static_cast<Callbacks*>(opaque);
    if (callbacks.on_report && !callbacks.left) callbacks.on_report(*message);
  }

  void leave() {
    left = true;
    const runtime::MutexLock lock(mutex);
    log = nullptr;
  }
  void set_destroyed() {
    {
      const runtime::MutexLock lock(mutex);
      destroyed = true;
    }
    changed.notify_one();
  }
  bool wait_destroyed(std::chrono::steady_clock::time_point until) {
    const runtime::MutexLock lock(mutex);
    while (!destroyed && changed.wait_until(mutex, until)) {
    }
    return destroyed;
  }
};

KafkaClient::KafkaClient(const KafkaTarget& target, KafkaRole role, runtime::Log& log,
                         OnReport on_report) {
  KafkaConf conf = make_conf(target, role);
  callbacks_ = std::make_shared<Callbacks>(log, std::move(on_report));
  rd_kafka_conf_set_opaque(conf.get(), callbacks_.get());
  rd_kafka_conf_set_log_cb(conf.get(), Callbacks::on_log);
  rd_kafka_conf_set_error_cb(conf.get(), Callbacks::on_error);
  if (!is_consumer(role)) rd_kafka_conf_set_dr_msg_cb(conf.get(), Callbacks::on_delivery);
  std::array<char, 512> text{};
  handle_ = rd_kafka_new(is_consumer(role) ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER, conf.get(),
                         text.data(), text.size());
  if (handle_ == nullptr) throw Misconfigured(std::string("kafka: ") + text.data());
  (void)conf.release();  // the instance's from now on
}

KafkaClient::~KafkaClient() {
  callbacks_->leave();
  auto end = runtime::start_thread("kafka-end", [handle = handle_, callbacks = callbacks_] {
    rd_kafka_destroy(handle);
    callbacks->set_destroyed();
  });
  if (callbacks_->wait_destroyed(std::chrono::steady_clock::now() + kDestroyWithin)) return;
  // It hangs, as this library sometimes does; nobody waits for it any more.
  (void)std::make_unique<std::jthread>(std::move(end)).release();
}

std::string KafkaClient::last_complaint() const {
  const std::string complaint = callbacks_->last_complaint();
  if (complaint.empty()) return {};
  const bool scram = complaint.find("mechanism SCRAM") != std::string::npos;
  const char* known =
      rd_kafka_version() < kScramMended && scram
          ? "; librdkafka before 2.6.1 cannot log in by SCRAM to brokers of Kafka 4, "
            "this one is "
          : nullptr;
  return " (" + complaint + (known == nullptr ? "" : known + std::string(rd_kafka_version_str())) +
         ")";
}

KafkaMetadata KafkaClient::metadata(const std::string& topic,
                                    std::chrono::milliseconds wait) const {
  const KafkaTopic wanted(rd_kafka_topic_new(handle_, topic.c_str(), nullptr));
  FP_CHECK(wanted != nullptr, "librdkafka makes an object for a topic");
  const rd_kafka_metadata_t* found = nullptr;
  const auto error = rd_kafka_metadata(handle_, 0, wanted.get(), &found,
                                       static_cast<int>(std::max<std::int64_t>(1, wait.count())));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw Unavailable(std::string("kafka: the brokers do not answer: ") + rd_kafka_err2str(error) +
                      last_complaint());
  }
  return KafkaMetadata(found);
}

int kafka_time_left(std::chrono::steady_clock::time_point until) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 1, 600'000));
}

}  // namespace flashpoll::ledger
