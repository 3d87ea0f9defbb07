#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "events/codec.h"
#include "tests/events/reference_codec.h"

using namespace flashpoll::events;
namespace fs = std::filesystem;

namespace {

/// The key under which samples that are no event stand.
constexpr std::string_view kKey = "7Q2M9X4KTB3D";

const fs::path kSamples = fs::path(FLASHPOLL_EVENT_SCHEMAS) / "samples";

struct Sample {
  std::string name;
  std::string bytes;
};

std::vector<Sample> samples_in(const fs::path& folder) {
  std::vector<Sample> samples;
  for (const auto& file : fs::directory_iterator(folder)) {
    if (!file.is_regular_file()) continue;
    std::ifstream in(file.path(), std::ios::binary);
    samples.push_back({file.path().filename().string(),
                       {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()}});
  }
  REQUIRE_FALSE(samples.empty());
  return samples;
}

Decoded decode_under(std::string_view key, std::string_view bytes) {
  return decode({.partition = partition_of(key, 12), .key = key, .value = bytes}, 12);
}

}  // namespace

TEST_CASE("golden samples decode, and encode to the same bytes") {
  std::vector<int> per_type(8);
  for (const auto& [name, bytes] : samples_in(kSamples)) {
    CAPTURE(name);
    const std::size_t poll = bytes.find(R"("poll":")");
    REQUIRE(poll != std::string::npos);
    const Decoded decoded = decode_under(bytes.substr(poll + 8, 12), bytes);
    REQUIRE(std::holds_alternative<Event>(decoded));
    const Event& event = std::get<Event>(decoded);
    CHECK(encode(event) == bytes);
    CHECK(name.starts_with(std::string(type_name(event)) + "."));
    CHECK(testing::reference_decode(bytes) == event);
    ++per_type.at(static_cast<std::size_t>(type_number(event)));
  }
  for (int number = 1; number <= 7; ++number) {
    CAPTURE(type_name(number));
    CHECK(per_type[static_cast<std::size_t>(number)] > 0);
  }
}

TEST_CASE("golden samples of unknown types park their poll") {
  for (const auto& [name, bytes] : samples_in(kSamples / "unknown")) {
    CAPTURE(name);
    const Decoded decoded = decode_under(kKey, bytes);
    REQUIRE(std::holds_alternative<Unknown>(decoded));
    CHECK(std::get<Unknown>(decoded).poll.text() == kKey);
    CHECK(bytes.find(std::get<Unknown>(decoded).type.substr(0, 5)) != std::string::npos);
  }
}

TEST_CASE("golden strays are strays, each for its cause") {
  for (const auto cause : {StrayCause::not_json, StrayCause::no_envelope, StrayCause::wrong_key,
                           StrayCause::not_canonical}) {
    for (const auto& [sample, bytes] : samples_in(kSamples / "stray" / name(cause))) {
      CAPTURE(sample);
      const Decoded decoded = decode_under(kKey, bytes);
      REQUIRE(std::holds_alternative<Stray>(decoded));
      CHECK(name(std::get<Stray>(decoded).cause) == name(cause));
      CHECK_FALSE((cause == StrayCause::not_canonical && testing::reference_decode(bytes)));
    }
  }
}
