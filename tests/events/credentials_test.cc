#include "events/credentials.h"

#include <doctest/doctest.h>

#include <set>

#include "tests/events/hmac.h"
#include "tests/events/random_events.h"
#include "tests/events/seed.h"

using namespace flashpoll::events;
using namespace flashpoll::events::testing;

namespace {

const Hmac kMac("the secret of this deployment");
const Hmac kOther("the secret of another one");
const PollId kPoll = *PollId::parse("7Q2M9X4KTB3D");
const PollId kOtherPoll = *PollId::parse("7Q2M9X4KTB3E");

DeviceId device(std::uint8_t number) {
  DeviceId id;
  id.fill(number);
  return id;
}

using Messages = std::set<std::string>;

/// Writes down what it is asked to authenticate, under its own key or another.
class Recorder : public Mac {
 public:
  explicit Recorder(Messages& messages, std::string key = "the secret")
      : key_(std::move(key)), hmac_(key_), messages_(messages) {}
  std::array<std::uint8_t, 32> mac(std::string_view message) const override {
    messages_.insert(key_ + ": " + std::string(message));
    return hmac_.mac(message);
  }
  std::unique_ptr<const Mac> under(const std::array<std::uint8_t, 32>& key) const override {
    return std::make_unique<Recorder>(messages_, std::string(key.begin(), key.end()));
  }

 private:
  std::string key_;
  Hmac hmac_;
  Messages& messages_;
};

}  // namespace

TEST_CASE("a voter token is valid under its own secret alone") {
  const std::string token = voter_token(kMac, device(7));
  CHECK(token.size() == 64);
  CHECK(parse_voter_token(kMac, token) == device(7));
  CHECK_FALSE(parse_voter_token(kOther, token));
  CHECK_FALSE(parse_voter_token(kMac, ""));
  CHECK_FALSE(parse_voter_token(kMac, token + "A"));
  CHECK_FALSE(parse_voter_token(kMac, token.substr(0, 63)));
}

TEST_CASE("no changed character of a token or a code is accepted") {
  const std::string token = voter_token(kMac, device(7));
  for (std::size_t at = 0; at < token.size(); ++at) {
    std::string changed = token;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    CHECK_FALSE(parse_voter_token(kMac, changed));
  }
  const std::string code = one_time_code({kMac, kPoll}, 77);
  for (std::size_t at = 0; at < code.size(); ++at) {
    std::string changed = code;
    changed[at] = changed[at] == '2' ? '3' : '2';
    CHECK_FALSE(parse_code({kMac, kPoll}, changed));
  }
}

TEST_CASE("codes read back in every spelling that people use") {
  RandomEvents random(test_seed("codes"));
  for (int i = 0; i < 300; ++i) {
    const auto index = static_cast<std::uint32_t>(random.below(kMaxCodes));
    const std::string code = one_time_code({kMac, kPoll}, index);
    REQUIRE(code.size() == 16);
    REQUIRE(parse_code({kMac, kPoll}, code) == index);
    std::string written;
    for (const char c : code) {
      if (random.below(4) == 0) written += '-';
      if (c == '0' && random.below(2) == 0) {
        written += random.below(2) == 0 ? 'o' : 'O';
      } else if (c == '1' && random.below(2) == 0) {
        written += "iIlL"[random.below(4)];
      } else {
        written += random.below(2) == 0 && c >= 'A' ? static_cast<char>(c + 32) : c;
      }
    }
    CAPTURE(written);
    REQUIRE(parse_code({kMac, kPoll}, written) == index);
    REQUIRE_FALSE(parse_code({kMac, kOtherPoll}, code));
    REQUIRE_FALSE(parse_code({kOther, kPoll}, code));
  }
}

TEST_CASE("the first and the last code") {
  CHECK(one_time_code({kMac, kPoll}, 0).substr(0, 4) == "0000");
  CHECK(one_time_code({kMac, kPoll}, kMaxCodes - 1).substr(0, 4) == "ZZZZ");
  const std::string code = one_time_code({kMac, kPoll}, 0);
  for (const std::string& wrong : {std::string(), code.substr(1), code + "0", code + "\xC3",
                                   std::string("UUUU") + code.substr(4), " " + code}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_code({kMac, kPoll}, wrong));
  }
}

TEST_CASE("tags are stable, and differ by poll, secret, kind and identity") {
  std::set<VoterTag> tags;
  for (const Mac* mac : {static_cast<const Mac*>(&kMac), static_cast<const Mac*>(&kOther)}) {
    for (const PollId poll : {kPoll, kOtherPoll}) {
      tags.insert(tag_of_device({*mac, poll}, device(1)));
      tags.insert(tag_of_device({*mac, poll}, device(2)));
      tags.insert(tag_of_code({*mac, poll}, 1));
      tags.insert(tag_of_code({*mac, poll}, 256));
      tags.insert(tag_of_trusted({*mac, poll}, ""));
      tags.insert(tag_of_trusted({*mac, poll}, "ann"));
      tags.insert(tag_of_trusted({*mac, poll}, std::string("ann\0", 4)));
      tags.insert(tag_of_trusted({*mac, poll}, std::string(16, '\1')));
    }
  }
  CHECK(tags.size() == 2 * 2 * 8);
  CHECK(tag_of_trusted({kMac, kPoll}, "ann") == tag_of_trusted({kMac, kPoll}, "ann"));
}

TEST_CASE("a tag is the MAC of the identity under the poll's key") {
  std::string bits;
  for (int shift = 56; shift >= 0; shift -= 8) {
    bits += static_cast<char>(kPoll.bits() >> shift & 0xFF);
  }
  const auto key = kMac.mac(std::string("flashpoll poll key v1\0", 22) + bits);
  const auto mac = kMac.under(key)->mac(std::string("voter\0ann", 9));
  const VoterTag tag = tag_of_trusted({kMac, kPoll}, "ann");
  CHECK(std::equal(tag.bytes.begin(), tag.bytes.end(), mac.begin()));
}

TEST_CASE("no two purposes ever authenticate the same bytes") {
  Messages messages;
  const Recorder mac(messages);
  const Uuid uuid{device(1)};
  (void)key_fingerprint(mac);
  (void)voter_token(mac, device(1));
  (void)derived_device(mac, kPoll, uuid);
  (void)one_time_code({mac, kPoll}, 1);
  (void)tag_of_device({mac, kPoll}, device(1));
  (void)tag_of_code({mac, kPoll}, 1);
  (void)tag_of_trusted({mac, kPoll}, std::string(16, '\1'));
  (void)retraction_id(mac, kPoll, VoterTag{device(1)}, Seq(1));
  (void)opening_secrets(mac, device(1), true);
  (void)opening_secrets(mac, device(1), false);
  (void)opening_id(mac, uuid, "");
  // The key of the poll is asked for four times and is one input.
  CHECK(messages.size() == 1 + 1 + 1 + (1 + 1) + 3 + 1 + 2 + 2 + 1);
}

TEST_CASE("what a retry derives again is the same, what differs is different") {
  const Uuid key{device(3)};
  CHECK(derived_device(kMac, kPoll, key) == derived_device(kMac, kPoll, key));
  CHECK(derived_device(kMac, kPoll, key) != derived_device(kMac, kOtherPoll, key));
  const VoterTag voter{device(5)};
  CHECK(retraction_id(kMac, kPoll, voter, Seq(4)) == retraction_id(kMac, kPoll, voter, Seq(4)));
  CHECK(retraction_id(kMac, kPoll, voter, Seq(4)) != retraction_id(kMac, kPoll, voter, Seq(5)));
  const auto secrets = opening_secrets(kMac, device(3), true);
  CHECK(secrets.manage_token.size() == 43);
  CHECK(opening_secrets(kMac, device(3), true).poll == secrets.poll);
  CHECK(opening_secrets(kMac, device(3), true).manage_token == secrets.manage_token);
  CHECK(opening_secrets(kMac, device(3), false).poll != secrets.poll);
  CHECK(opening_secrets(kMac, device(4), true).manage_token != secrets.manage_token);
  CHECK(opening_id(kMac, key, "{}") == opening_id(kMac, key, "{}"));
  CHECK(opening_id(kMac, key, "{}") != opening_id(kMac, key, "{ }"));
  CHECK(opening_id(kMac, key, "{}").text()[14] == '8');
}

TEST_CASE("the fingerprint names the secret") {
  CHECK(key_fingerprint(kMac) == key_fingerprint(Hmac("the secret of this deployment")));
  CHECK(key_fingerprint(kMac) != key_fingerprint(kOther));
}
