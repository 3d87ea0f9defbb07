#include "query/pages.h"

#include <algorithm>
#include <array>

#include "events/slug.h"
#include "infra/crypto/hash.h"
#include "infra/http/problem.h"
#include "infra/runtime/fault.h"
#include "query/page_state.h"
#include "query/vote_page.h"

namespace flashpoll::query {

namespace {

using events::Refusal;

std::string_view find(std::span<const WebAsset> assets, std::string_view name) {
  for (const WebAsset& asset : assets) {
    if (asset.name == name) return asset.bytes;
  }
  return {};
}

std::string_view need(std::span<const WebAsset> assets, std::string_view name) {
  const std::string_view found = find(assets, name);
  if (found.empty()) throw Misconfigured("this build holds no page " + std::string(name));
  return found;
}

std::string_view media_type(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kTypes = {
      {{".js", "text/javascript; charset=utf-8"},
       {".css", "text/css; charset=utf-8"},
       {".svg", "image/svg+xml"},
       {".woff2", "font/woff2"},
       {".png", "image/png"}}};
  for (const auto& [ending, type] : kTypes) {
    if (name.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

http::Response redirect(std::string location) {
  return {301, "", "", {{"Location", std::move(location)}, {"Cache-Control", "no-cache"}}};
}

/// The caller's latest counted entry, where the cookie alone tells who he is.
std::optional<EntryRow> standing_of(ReadTables& tables, const SeenPoll& poll, const Look& look) {
  if (poll.row.settings.eligibility != events::Eligibility::open) return std::nullopt;
  const auto tag = look.identity.tag_of(poll.row, look.caller);
  const auto* voter = std::get_if<events::VoterTag>(&tag);
  return voter == nullptr ? std::nullopt : tables.standing(poll.id(), *voter);
}

std::optional<StandingEntry> told(const std::optional<EntryRow>& standing) {
  if (!standing) return std::nullopt;
  StandingEntry entry{standing->seq, !standing->choices};
  if (standing->choices) entry.choices.assign(standing->choices->begin(), standing->choices->end());
  return entry;
}

/// The poll that the URL names, or the way to its own URL below `path`.
using Found = std::variant<SeenPoll, http::Response, Refused>;
Found find_poll(ReadTables& tables, std::string_view path, const PageRequest& request,
                const Look& look) {
  const auto id = events::parse_page_name(request.name);
  if (!id) return Refused{Refusal::no_such_poll};
  auto seen = see(tables, *id, look);
  if (auto* refused = std::get_if<Refused>(&seen)) return std::move(*refused);
  auto& poll = std::get<SeenPoll>(seen);
  const std::string name = events::page_name(poll.row.settings.question, *id);
  if (name != request.name) return redirect(std::string(path) + name + request.query);
  return std::move(poll);
}

Reply reply_of(Found found) {
  if (auto* refused = std::get_if<Refused>(&found)) return std::move(*refused);
  return std::get<http::Response>(std::move(found));
}

}  // namespace

Pages::Pages(std::span<const WebAsset> assets)
    : assets_(assets),
      open_(need(assets, "pages/open.html")),
      how_(need(assets, "pages/how.html")),
      vote_(need(assets, "pages/vote.html")),
      manage_(need(assets, "pages/manage.html")),
      message_(need(assets, "pages/message.html")),
      problem_(need(assets, "pages/problem.html")),
      words_(need(assets, "pages/words.json")) {}

Reply Pages::vote(ReadTables& tables, const PageRequest& request, const Look& look) const {
  Found found = find_poll(tables, "/p/", request, look);
  const auto* poll = std::get_if<SeenPoll>(&found);
  if (poll == nullptr) return reply_of(std::move(found));
  const auto standing = standing_of(tables, *poll, look);
  const VotePage page{.poll = poll->row,
                      .status = poll->status,
                      .withheld = poll->withheld,
                      .standing = told(standing),
                      .vote_id = events::uuid_v7(look.now, crypto::random_bytes<10>()),
                      .notice = request.notice};
  auto values = vote_page_values(page, words_);
  values.emplace_back("state",
                      page_state(*poll, request.base, look.now, mine_member(*poll, standing)));
  http::Response response = page_of(200, vote_.render(values));
  if (const auto token = look.identity.fresh_token(look.caller)) {
    response.headers.push_back(voter_cookie(*token, request.base.starts_with("https:")));
  }
  return response;
}

Reply Pages::manage(ReadTables& tables, const PageRequest& request, const Look& look) const {
  Found found = find_poll(tables, "/manage/", request, look);
  const auto* poll = std::get_if<SeenPoll>(&found);
  if (poll == nullptr) return reply_of(std::move(found));
  return page_of(200,
                 manage_.render({{"question", poll->row.settings.question},
                                 {"status", std::string(name(poll->status))},
                                 {"status_words", status_words(poll->row, poll->status, words_)},
                                 {"state", page_state(*poll, request.base, look.now, "")}}));
}

http::Response Pages::message(Refusal refusal) const {
  const events::RefusalInfo& info = events::info(refusal);
  const bool known = !words_.text("messages." + std::string(info.code) + ".title").empty();
  return message_of(info.status, known ? std::string(info.code) : "unavailable");
}

http::Response Pages::no_such_page() const { return message_of(404, "no_such_route"); }

http::Response Pages::message_of(int status, const std::string& name) const {
  return page_of(
      status, message_.render({{"title", std::string(words_.text("messages." + name + ".title"))},
                               {"text", std::string(words_.text("messages." + name + ".text"))}}));
}

http::Response Pages::problem(std::string_view code) const {
  const auto show = [&](const auto& info) {
    return page_of(200, problem_.render({{"code", std::string(info.code)},
                                         {"status", std::to_string(info.status)},
                                         {"title", std::string(info.title)},
                                         {"detail", std::string(info.advice)}}));
  };
  for (const auto& info : events::refusals()) {
    if (info.code == code) return show(info);
  }
  for (const auto& info : http::protocol_problems()) {
    if (info.code == code) return show(info);
  }
  return no_such_page();
}

http::Response Pages::asset(std::string_view name) const {
  const std::string_view bytes = find(assets_, "assets/" + std::string(name));
  if (bytes.empty()) return no_such_page();
  return {200,
          std::string(media_type(name)),
          std::string(bytes),
          {{"Cache-Control", "public, max-age=31536000, immutable"}}};
}

http::Response Pages::page_of(int status, std::string html) {
  return {status,
          "text/html; charset=utf-8",
          std::move(html),
          {{"Cache-Control", "no-store"},
           {"Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
           {"X-Content-Type-Options", "nosniff"},
           {"X-Frame-Options", "DENY"},
           {"Referrer-Policy", "same-origin"}}};
}

http::Header voter_cookie(std::string_view token, bool secure) {
  std::string cookie = "fp_voter=" + std::string(token);
  cookie += "; Max-Age=31536000; Path=/; HttpOnly; SameSite=Lax";
  if (secure) cookie += "; Secure";
  return {"Set-Cookie", std::move(cookie)};
}

}  // namespace flashpoll::query
