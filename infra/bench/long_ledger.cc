#include "infra/bench/long_ledger.h"

#include <utility>

#include "events/codec.h"
#include "infra/app/import_appender.h"
#include "infra/app/secret_mac.h"
#include "infra/runtime/clock.h"

namespace flashpoll::bench {

std::int64_t fill_ledger(const Options& options, Site& site, SampleVotes::Voters voters) {
  const app::SecretMac mac(app::read_secret(site.secret_file()));
  const auto ledger = site.open_ledger(true);
  SampleVotes sample(kLongPolls, voters, events::key_fingerprint(mac));
  app::ImportAppender appender(*ledger);
  const std::int64_t begin_ms = runtime::SystemClock().wall_ms() - 2 * kLongMs;
  const auto add = [&](std::string poll, std::string value, std::int64_t at_ms) {
    const auto partition = events::partition_of(poll, ledger->partitions());
    appender.add({partition, std::move(poll), std::move(value), at_ms});
  };
  for (const events::Event& opening : sample.openings()) {
    add(events::poll_of(opening).text(), events::encode(opening), begin_ms);
  }
  for (std::uint64_t i = 0; i < options.records; ++i) {
    SampleVote vote = sample.next();
    const auto passed =
        static_cast<std::int64_t>(i * static_cast<std::uint64_t>(kLongMs) / options.records);
    add(std::move(vote.key), std::move(vote.value), begin_ms + passed);
  }
  appender.finish();
  return begin_ms;
}

}  // namespace flashpoll::bench
