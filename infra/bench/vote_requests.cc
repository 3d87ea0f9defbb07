#include "infra/bench/vote_requests.h"

#include <algorithm>
#include <stdexcept>

namespace flashpoll::bench {

namespace {

constexpr std::string_view kIdDigits = "00000000-0000-4000-8000-000000000000";
/// How much earlier a vote was that is sent again: it is answered by then.
constexpr std::uint64_t kEarlier = 2'000;

std::string request(const std::string& poll, const std::string& body) {
  return "POST /v1/polls/" + poll + "/votes HTTP/1.1\r\nHost: 127.0.0.1\r\n" +
         "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

void put(char* at, std::uint64_t value, int digits) {
  for (int i = digits - 1; i >= 0; --i, value >>= 4) at[i] = "0123456789abcdef"[value & 15];
}

}  // namespace

VoteRequests::VoteRequests(const std::vector<std::string>& polls, const std::string& workload) {
  constexpr std::string_view kNames[] = {"flash", "uniform", "zipf", "repeats", "malformed"};
  const auto* found = std::ranges::find(kNames, workload);
  if (found == std::end(kNames)) throw std::invalid_argument("no such workload: " + workload);
  workload_ = static_cast<Workload>(found - std::begin(kNames));
  const std::string body = R"({"choices":[0],"vote_id":")" + std::string(kIdDigits) + R"("})";
  double sum = 0;
  for (const std::string& poll : polls) {
    Text text{request(poll, body), 0};
    text.id = text.bytes.size() - 2 - kIdDigits.size();
    texts_.push_back(std::move(text));
    shares_.push_back(sum += 1.0 / static_cast<double>(texts_.size()));
  }
  malformed_ = request(polls.front(), R"({"choices":[0,})");
  run_ = std::random_device()();
  random_.seed(run_);
}

std::size_t VoteRequests::choose() {
  if (workload_ == Workload::uniform) return number_ % texts_.size();
  if (workload_ != Workload::zipf) return 0;
  const double at = std::uniform_real_distribution<>(0, shares_.back())(random_);
  const auto found = std::ranges::upper_bound(shares_, at);
  return std::min(static_cast<std::size_t>(found - shares_.begin()), texts_.size() - 1);
}

std::string_view VoteRequests::numbered(Text& text, std::uint64_t number) {
  char* id = text.bytes.data() + text.id;
  put(id, run_, 8);
  put(id + 24, number, 12);
  return text.bytes;
}

std::string_view VoteRequests::next() {
  ++number_;
  if (workload_ == Workload::malformed && number_ % 100 == 0) return malformed_;
  Text& text = texts_[choose()];
  if (workload_ == Workload::repeats && number_ % 10 == 0 && number_ > kEarlier) {
    return numbered(text, number_ - kEarlier - 1);  // its number ends with 9: it was sent
  }
  return numbered(text, number_);
}

}  // namespace flashpoll::bench
