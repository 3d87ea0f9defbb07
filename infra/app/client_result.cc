#include "infra/app/client_result.h"

#include <stdexcept>

#include "infra/app/client_api.h"

namespace flashpoll::app {

namespace {

std::uint64_t count_of(const json::Value& value) {
  const auto count = value.integer();
  if (!count) throw std::runtime_error("the server's counts are no numbers");
  return static_cast<std::uint64_t>(*count);
}

const json::Array& need_array(const json::Value& object, std::string_view name) {
  const json::Value& value = need(object, name);
  if (!value.is(json::Kind::array)) {
    throw std::runtime_error("the server's '" + std::string(name) + "' is no list");
  }
  return value.array();
}

std::vector<std::uint64_t> votes_of(const json::Value& results) {
  std::vector<std::uint64_t> votes;
  if (results.find("withheld") != nullptr) return votes;
  if (results.find("votes") != nullptr) {
    for (const json::Value& count : need_array(results, "votes")) votes.push_back(count_of(count));
  } else {
    for (const json::Value& choice : need_array(results, "choices")) {
      votes.push_back(count_of(need(choice, "votes")));
    }
  }
  return votes;
}

std::string status_of(const json::Value& results) {
  std::string status = need_text(results, "status");
  const json::Value* final = results.find("final");
  if (final != nullptr && final->is(json::Kind::boolean) && final->boolean()) return status;
  status += ", closes at " + need_text(results, "closes_at");
  if (results.find("withheld") != nullptr) {
    const bool by_vote = need_text(results, "withheld") == "after_vote";
    status += by_vote ? ", counts are shown to who has voted" : ", counts are shown at the end";
  }
  return status;
}

}  // namespace

Picture picture_of_poll(const json::Value& poll) {
  Picture picture;
  picture.question = need_text(poll, "question");
  for (const json::Value& choice : need_array(poll, "choices")) {
    if (!choice.is(json::Kind::string)) throw std::runtime_error("a choice is no text");
    picture.choices.push_back(choice.string());
  }
  picture.status = need_text(poll, "status");
  return picture;
}

void take_results(Picture& picture, const json::Value& results) {
  std::vector<std::uint64_t> votes = votes_of(results);
  if (!votes.empty() && votes.size() != picture.choices.size()) {
    throw std::runtime_error("the server's counts do not fit its choices");
  }
  picture.votes = std::move(votes);
  picture.voters = static_cast<std::uint64_t>(need_integer(results, "voters"));
  picture.seq = static_cast<std::uint64_t>(need_integer(results, "seq"));
  picture.at = need_text(results, "at");
  picture.status = status_of(results);
}

}  // namespace flashpoll::app
