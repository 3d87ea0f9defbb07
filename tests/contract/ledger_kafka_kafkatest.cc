#include "tests/contract/kafka_backend.h"
#include "tests/contract/ledger_load_contract.h"

namespace flashpoll::ledger::test {

LEDGER_CONTRACT(KafkaBackend);
LEDGER_LOAD_CONTRACT(KafkaBackend);

}  // namespace flashpoll::ledger::test
