#include "query/vote_page.h"

#include <algorithm>

namespace flashpoll::query {

namespace {

using events::Eligibility;

bool has_ballot(const VotePage& page) { return page.standing && !page.standing->retracted; }

bool may_vote(const VotePage& page) {
  const events::PollOpened& settings = page.poll.settings;
  return page.status == Status::open && settings.eligibility != Eligibility::trusted &&
         (!page.standing || settings.allow_change);
}

bool is_own(const VotePage& page, std::size_t index) {
  if (!has_ballot(page)) return false;
  const auto& own = page.standing->choices;
  return std::find(own.begin(), own.end(), index) != own.end();
}

std::string notice(const VotePage& page, const Words& words) {
  const std::string name = "notices." + std::string(page.notice);
  const std::string_view text = words.text(name + ".text");
  if (text.empty()) return {};
  return "<p class=\"notice " + escape_html(words.text(name + ".tone")) + "\" role=\"status\">" +
         escape_html(text) + "</p>";
}

/// Percent of the voters, rounded.
std::uint64_t share(const Counts& counts, std::size_t index) {
  if (counts.voters == 0) return 0;
  return (200 * counts.votes[index] + counts.voters) / (2 * counts.voters);
}

std::string figures(const VotePage& page, std::size_t index, std::string& width) {
  if (page.withheld != Withheld::no) return {};
  const std::string percent = std::to_string(share(page.poll.latest, index));
  width = percent + "%";
  return "<span class=\"share\">" + percent + "\u00A0%</span><span class=\"count\">" +
         with_commas(page.poll.latest.votes[index]) + "</span>";
}

std::string label(const VotePage& page, std::size_t index) {
  const std::string text = escape_html(page.poll.settings.choices[index]);
  if (!may_vote(page)) return "<span class=\"name\" dir=\"auto\">" + text + "</span>";
  const std::string n = std::to_string(index);
  const std::string type = page.poll.settings.max > 1 ? "checkbox" : "radio";
  return "<input type=\"" + type + "\" name=\"choice\" value=\"" + n + "\" id=\"c" + n +
         "\" aria-describedby=\"n" + n + "\"" + (is_own(page, index) ? " checked" : "") +
         "><label for=\"c" + n + "\" dir=\"auto\">" + text + "</label>";
}

std::string choices(const VotePage& page) {
  std::string out;
  for (std::size_t i = 0; i < page.poll.settings.choices.size(); ++i) {
    std::string width = "0%";
    const std::string shown = figures(page, i, width);
    const bool marked = !may_vote(page) && is_own(page, i);
    out += std::string("<div class=\"choice") + (marked ? " own" : "") + "\">" + label(page, i) +
           "<span class=\"figures\" id=\"n" + std::to_string(i) + "\">" + shown +
           "</span><svg class=\"bar\" aria-hidden=\"true\"><rect class=\"fill\" width=\"" + width +
           "\" height=\"100%\" rx=\"4\"/></svg></div>";
  }
  return out;
}

std::string own_vote(const VotePage& page) {
  std::string names;
  for (const std::uint8_t choice : page.standing->choices) {
    if (choice >= page.poll.settings.choices.size()) continue;
    if (!names.empty()) names += ", ";
    names += page.poll.settings.choices[choice];
  }
  return "<p class=\"mine\">You voted <b dir=\"auto\">" + escape_html(names) + "</b> · entry " +
         std::to_string(page.standing->seq.value) + "</p>";
}

std::string form(const VotePage& page) {
  std::string out =
      "<input type=\"hidden\" name=\"vote_id\" value=\"" + page.vote_id.text() + "\">";
  if (page.standing) {
    out += "<input type=\"hidden\" name=\"replaces\" value=\"" +
           std::to_string(page.standing->seq.value) + "\">";
  }
  if (page.poll.settings.eligibility == Eligibility::codes) {
    out +=
        "<p class=\"field\"><label for=\"code\">Your one-time code</label><input id=\"code\" "
        "name=\"code\" autocomplete=\"off\" spellcheck=\"false\" required></p>";
  }
  const std::string_view button = page.standing ? "Change my vote" : "Vote";
  return out.append("<div class=\"actions\"><button class=\"primary\">")
      .append(button)
      .append("</button></div>");
}

std::string ballot(const VotePage& page, const Words& words) {
  std::string out = has_ballot(page) ? own_vote(page) : "";
  if (may_vote(page)) return out + form(page);
  std::string why = "ballot.";
  why += page.status == Status::open ? "trusted" : name(page.status);
  const bool only_voted = page.status == Status::open && page.standing;
  if (only_voted) return out;
  return out + "<p class=\"mine\">" + escape_html(words.text(why)) + "</p>";
}

/// How many have voted is told also while their votes are withheld.
std::string tally(const VotePage& page, const Words& words) {
  const std::uint64_t voters = page.poll.latest.voters;
  std::string text = voters == 0 ? "No votes yet" : with_commas(voters);
  if (voters > 0) text += voters == 1 ? " vote" : " votes";
  if (page.withheld == Withheld::no) return text;
  return text.append(" · ").append(words.text("withheld." + std::string(name(page.withheld))));
}

}  // namespace

std::string with_commas(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

std::string status_words(const PollRow& poll, Status status, const Words& words) {
  const events::PollOpened& settings = poll.settings;
  const events::TimeMs at = status == Status::scheduled ? settings.opens_at : settings.closes_at;
  return words.timed("status." + std::string(name(status)), at);
}

std::vector<Template::Value> vote_page_values(const VotePage& page, const Words& words) {
  return {{"id", page.poll.settings.poll.text()},
          {"question", page.poll.settings.question},
          {"status", std::string(name(page.status))},
          {"status_words", status_words(page.poll, page.status, words)},
          {"tally", tally(page, words)},
          {"notice", notice(page, words)},
          {"choices", choices(page)},
          {"ballot", ballot(page, words)}};
}

}  // namespace flashpoll::query
