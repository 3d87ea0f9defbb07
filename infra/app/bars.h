#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// A result as bars of text, pure.
namespace flashpoll::app {

/// A result at one moment.
struct Picture {
  std::string question;
  std::vector<std::string> choices;
  std::vector<std::uint64_t> votes;  ///< one per choice, or none while they are withheld
  std::uint64_t voters = 0;          ///< with a standing ballot
  std::uint64_t seq = 0;
  std::string at;      ///< time of that entry
  std::string status;  ///< `open`, `closed`…, and whatever else is to be said
};

/// Length of a bar in eighths of a column: `votes` of `of`, where `of` fills `columns`.
[[nodiscard]] std::uint64_t bar_eighths(std::uint64_t votes, std::uint64_t of, int columns);

/// Blocks of that length.
[[nodiscard]] std::string bar(std::uint64_t eighths);

/// `62.5 %`, rounded down; `–` of nothing.
[[nodiscard]] std::string share(std::uint64_t votes, std::uint64_t of);

/// Lines of at most `columns` (at least 40 are assumed): question, a line per choice, state. Bars
/// are shares of the voters. Texts are made printable.
[[nodiscard]] std::vector<std::string> draw(const Picture& picture, int columns);

/// The same as one line, for what is no terminal.
[[nodiscard]] std::string one_line(const Picture& picture);

}  // namespace flashpoll::app
