#include <doctest/doctest.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "infra/ledger/kafka_ledger.h"
#include "infra/runtime/clock.h"
#include "infra/runtime/fault.h"
#include "tests/contract/ledger_helpers.h"
#include "tests/support/private_kafka.h"

/// A broker that asks for TLS and a password, reached by properties that we know nothing of; and
/// how batches lie on its disk.
namespace flashpoll::ledger::test {
namespace {

using flashpoll::test::PrivateKafka;
using flashpoll::test::Words;

constexpr Partition kThree = 3;
const std::string kPassword = "open-sesame-1";

/// A directory with certificates that nobody but they themselves vouches for.
class Certificates {
 public:
  Certificates() {
    char path[] = "/tmp/fpc-XXXXXX";
    REQUIRE(mkdtemp(path) != nullptr);
    directory_ = path;
    make("broker");
    make("other");
    // A broker wants its key and its certificate in one file.
    std::ofstream both(file("both.pem"));
    for (const char* part : {"broker.key", "broker.pem"}) both << std::ifstream(file(part)).rdbuf();
  }
  ~Certificates() { std::filesystem::remove_all(directory_); }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  [[nodiscard]] std::string file(const std::string& name) const { return directory_ + "/" + name; }

 private:
  void make(const std::string& name) const {
    const Words command = {"/usr/bin/openssl",
                           "req",
                           "-x509",
                           "-newkey",
                           "rsa:2048",
                           "-nodes",
                           "-days",
                           "1",
                           "-subj",
                           "/CN=127.0.0.1",
                           "-addext",
                           "subjectAltName=IP:127.0.0.1",
                           "-keyout",
                           file(name + ".key"),
                           "-out",
                           file(name + ".pem")};
    REQUIRE(flashpoll::test::run(command,
                                 {.log = "/dev/null", .user = nullptr, .death_signal = 0}) == 0);
  }

  std::string directory_;
};

int free_port() {
  const int probe = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(bind(probe, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  close(probe);
  return ntohs(address.sin_port);
}

/// One broker with a listener more.
struct World {
  explicit World(const std::string& version) : version_(version) {
    (void)cluster.tool({"kafka.admin.ConfigCommand", "--bootstrap-server", cluster.servers(),
                        "--alter", "--entity-type", "users", "--entity-name", "flashpoll",
                        "--add-config", "SCRAM-SHA-256=[password=" + kPassword + "]"});
  }
  static World& shared() {
    static World world("");
    return world;
  }

  [[nodiscard]] KafkaTarget secure(const std::string& mechanism) const {
    return {"secured",
            {{"bootstrap.servers", "127.0.0.1:" + port},
             {"security.protocol", "sasl_ssl"},
             {"sasl.mechanisms", mechanism},
             {"sasl.username", "flashpoll"},
             {"sasl.password", kPassword},
             {"ssl.ca.location", certificates.file("broker.pem")}}};
  }

  const std::string version_;
  Certificates certificates;
  std::string port = std::to_string(free_port());
  PrivateKafka cluster{
      1,
      {.settings = {"listeners={listeners},SECURE://127.0.0.1:" + port,
                    "listener.security.protocol.map="
                    "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL",
                    "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256",
                    "listener.name.secure.scram-sha-256.sasl.jaas.config="
                    "org.apache.kafka.common.security.scram.ScramLoginModule required;",
                    "listener.name.secure.plain.sasl.jaas.config="
                    "org.apache.kafka.common.security.plain.PlainLoginModule required "
                    "user_flashpoll=\"" +
                        kPassword + "\";",
                    "ssl.keystore.type=PEM",
                    "ssl.keystore.location=" + certificates.file("both.pem")},
       .version = version_}};
  runtime::SystemClock clock;
  runtime::Log quiet{clock, runtime::LogLevel::error, -1};
};

std::string fault_of(const KafkaTarget& target) {
  try {
    create_kafka_ledger(target, kThree, 0, World::shared().quiet);
  } catch (const Unavailable& fault) {
    return fault.what();
  }
  return "reached";
}

void use(World& world, const KafkaTarget& target) {
  create_kafka_ledger(target, kThree, 0, world.quiet);
  KafkaLedger ledger(target, kThree, world.quiet);
  CHECK(append(ledger, {{1, "k", "v"}})[0].status == AppendStatus::appended);
  CHECK(values_of(read_records(*ledger.tail({{1, 0}}), 1)) == std::vector<std::string>{"v"});
}

}  // namespace

TEST_CASE("TLS and a password, by properties of librdkafka") {
  use(World::shared(), World::shared().secure("PLAIN"));
}

TEST_CASE("TLS and SCRAM on brokers of 3.9") {
  World world("3.9.1");
  use(world, world.secure("SCRAM-SHA-256"));
}

TEST_CASE("SCRAM on brokers of 4: this librdkafka cannot, and the fault says so") {
  const std::string fault = fault_of(World::shared().secure("SCRAM-SHA-256"));
  CAPTURE(fault);
  CHECK(fault.find("before 2.6.1") != std::string::npos);
}

TEST_CASE("a wrong password and a foreign certificate: the reason is told, the password is not") {
  const World& world = World::shared();
  KafkaTarget target = world.secure("PLAIN");
  target.properties["sasl.password"] = "wrong-sesame-2";
  std::string fault = fault_of(target);
  CAPTURE(fault);
  CHECK(fault.find("uthentication") != std::string::npos);
  CHECK(fault.find("sesame") == std::string::npos);
  target = world.secure("PLAIN");
  target.properties["ssl.ca.location"] = world.certificates.file("other.pem");
  fault = fault_of(target);
  CHECK(fault.find("ertificate") != std::string::npos);
  target.properties["ssl.key.pem"] = "no key, but " + kPassword;
  CHECK_THROWS_WITH_AS(create_kafka_ledger(target, kThree, 0, World::shared().quiet),
                       doctest::Contains("ssl.key.pem"), Misconfigured);
}

TEST_CASE("batches lie on the broker's disk as lz4, with the broker's times") {
  World& world = World::shared();
  const KafkaTarget target{"stored", {{"bootstrap.servers", world.cluster.servers()}}};
  create_kafka_ledger(target, kThree, 0, world.quiet);
  KafkaLedger ledger(target, kThree, world.quiet);
  const std::vector<Entry> entries(1'000, Entry{0, "0123456789AB", std::string(160, 'v')});
  for (const AppendResult& result : append(ledger, entries)) {
    CHECK(result.status == AppendStatus::appended);
    CHECK(result.offset.has_value());
  }
  const std::string dump =
      world.cluster.tool({"kafka.tools.DumpLogSegments", "--files",
                          world.cluster.directory() + "/node-1/stored-0/00000000000000000000.log"});
  CHECK(dump.find("compresscodec: lz4") != std::string::npos);
  CHECK(dump.find("compresscodec: none") == std::string::npos);
  CHECK(dump.find("LogAppendTime") != std::string::npos);
  CHECK(dump.find("producerId: -1") != std::string::npos);
}

}  // namespace flashpoll::ledger::test
