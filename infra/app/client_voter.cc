#include "infra/app/client_voter.h"

#include <algorithm>

#include "infra/runtime/fault.h"

namespace flashpoll::app {

namespace {

constexpr std::string_view kCookie = "fp_voter=";

VoterTokens kept_tokens() { return VoterTokens::of_user(runtime::read_environment()); }

std::optional<std::string> shown(const ClientOptions& options) {
  return shown_token(options.token_file, runtime::read_environment());
}

http::Header header_for(const std::string& eligibility, const std::string& credential) {
  if (eligibility == "codes") return {"Voter-Code", credential};
  if (eligibility == "trusted") return {"Authorization", "Bearer " + credential};
  return {"Voter-Token", credential};
}

}  // namespace

Voter::Voter(const ClientOptions& options, const Target& target, const json::Value& poll,
             const std::string& name)
    : api_(target.api), page_(need_text(poll, "url")), name_(name) {
  const std::string& eligibility = need_text(poll, "eligibility");
  if ((eligibility == "trusted") == name_.empty()) {
    throw Misconfigured(name_.empty() ? "voters of this poll have names: say --voter NAME"
                                      : "--voter: voters of this poll have no names");
  }
  if (const auto credential = shown(options)) {
    headers_ = {header_for(eligibility, *credential)};
  } else if (eligibility == "open") {
    take_token();
  } else {
    throw Misconfigured(std::string("this poll needs ") +
                        (eligibility == "codes" ? "a one-time code" : "an ingest token") +
                        ": set FLASHPOLL_TOKEN or --token-file");
  }
}

void Voter::take_token() {
  const VoterTokens tokens = kept_tokens();
  auto token = tokens.find(api_.server());
  kept_ = token.has_value();
  if (!token) {
    token = fresh_token();
    tokens.keep(api_.server(), *token);
  }
  headers_ = {{"Voter-Token", *token}};
}

void Voter::renew() {
  kept_tokens().forget(api_.server());
  take_token();
}

std::string Voter::fresh_token() const {
  const Answer page = api_.send_safely({.path = page_});
  const std::string cookie = page.header("Set-Cookie");
  if (!cookie.starts_with(kCookie)) {
    throw std::runtime_error("the poll's page hands out no voter token");
  }
  const std::size_t end = std::min(cookie.find(';'), cookie.size());
  return cookie.substr(kCookie.size(), end - kCookie.size());
}

std::string Voter::query() const { return name_.empty() ? "" : "?voter=" + encoded(name_); }

std::vector<http::Header> known_voter(const ClientOptions& options, const Target& target,
                                      const json::Value& poll) {
  const std::string& eligibility = need_text(poll, "eligibility");
  if (eligibility == "trusted") return {};
  auto credential = shown(options);
  if (!credential && eligibility == "open") credential = kept_tokens().find(target.api.server());
  if (!credential) return {};
  return {header_for(eligibility, *credential)};
}

}  // namespace flashpoll::app
