#include "infra/app/bars.h"

#include <algorithm>
#include <array>

#include "infra/app/terminal.h"

namespace flashpoll::app {

namespace {

constexpr int kLeast = 40;
constexpr int kWidestText = 40;

/// Columns of a row's parts: ` 1  Pizza  ███████  25  62.5 %`.
struct Layout {
  int number = 0;
  int text = 0;
  int bar = 0;
  int votes = 0;
};
constexpr int kShare = 7;  // `100.0 %`
constexpr int kGaps = 9;

Layout layout_of(const Picture& picture, int columns) {
  Layout layout;
  layout.number = static_cast<int>(std::to_string(picture.choices.size()).size());
  for (const std::string& choice : picture.choices) {
    layout.text = std::max(layout.text, columns_of(printable(choice)));
  }
  for (const std::uint64_t votes : picture.votes) {
    layout.votes = std::max(layout.votes, static_cast<int>(std::to_string(votes).size()));
  }
  const int fixed = layout.number + layout.votes + kShare + kGaps;
  layout.text = std::min({layout.text, kWidestText, (columns - fixed) / 2});
  layout.bar = std::max(1, columns - fixed - layout.text);
  return layout;
}

std::string right(const std::string& text, int columns) {
  const int missing = columns - columns_of(text);
  return std::string(static_cast<std::size_t>(std::max(0, missing)), ' ') + text;
}

std::string row(const Picture& picture, std::size_t choice, const Layout& layout) {
  std::string line = " " + right(std::to_string(choice + 1), layout.number) + "  " +
                     fit(printable(picture.choices[choice]), layout.text);
  if (choice >= picture.votes.size()) return line;
  const std::uint64_t votes = picture.votes[choice];
  line += "  " + fit(bar(bar_eighths(votes, picture.voters, layout.bar)), layout.bar);
  line += "  " + right(std::to_string(votes), layout.votes);
  return line + "  " + right(share(votes, picture.voters), kShare);
}

std::string state_of(const Picture& picture) {
  return picture.status + ", " + std::to_string(picture.voters) +
         (picture.voters == 1 ? " voter" : " voters") + ", entry " + std::to_string(picture.seq) +
         " at " + picture.at;
}

std::string cut(const std::string& text, int columns) {
  return columns_of(text) > columns ? fit(text, columns) : text;
}

}  // namespace

std::uint64_t bar_eighths(std::uint64_t votes, std::uint64_t of, int columns) {
  const auto full = static_cast<std::uint64_t>(columns) * 8;
  if (of == 0) return 0;
  const std::uint64_t length = std::min(votes, of) * full / of;
  return votes > 0 ? std::max<std::uint64_t>(length, 1) : 0;
}

std::string bar(std::uint64_t eighths) {
  constexpr std::array<std::string_view, 8> kParts = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  std::string blocks;
  for (std::uint64_t i = 0; i < eighths / 8; ++i) blocks += "█";
  return blocks.append(kParts[eighths % 8]);
}

std::string share(std::uint64_t votes, std::uint64_t of) {
  if (of == 0) return "–";
  const std::uint64_t tenths = votes * 1000 / of;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %";
}

std::vector<std::string> draw(const Picture& picture, int columns) {
  const int width = std::max(columns, kLeast);
  const Layout layout = layout_of(picture, width);
  std::vector<std::string> lines = {cut(printable(picture.question), width)};
  for (std::size_t choice = 0; choice < picture.choices.size(); ++choice) {
    lines.push_back(row(picture, choice, layout));
  }
  lines.push_back(cut(" " + state_of(picture), width));
  return lines;
}

std::string one_line(const Picture& picture) {
  std::string line = picture.at + " " + std::to_string(picture.seq) + " " + picture.status + ", " +
                     std::to_string(picture.voters) + " voted";
  for (std::size_t choice = 0; choice < picture.votes.size(); ++choice) {
    line += (choice == 0 ? ": " : ", ") + printable(picture.choices.at(choice)) + " " +
            std::to_string(picture.votes[choice]);
  }
  return line;
}

}  // namespace flashpoll::app
