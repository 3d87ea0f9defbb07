#include "infra/bench/long_ledger.h"

#include "infra/app/secret_mac.h"
#include "infra/bench/sample_votes.h"

namespace flashpoll::bench {

void fill_ledger(const Options& options, Site& site) {
  const app::SecretMac mac(app::read_secret(site.secret_file()));
  const auto ledger = site.open_ledger(true);
  fill(*ledger, options.records, kLongPolls, events::key_fingerprint(mac));
}

}  // namespace flashpoll::bench
