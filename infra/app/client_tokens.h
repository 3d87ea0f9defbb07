#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "infra/runtime/config.h"

namespace flashpoll::app {

/// The voter tokens that servers gave to this user, one per server, so that a second vote from here
/// is the same voter's. A text file of mode 0600: `SERVER SPACE TOKEN` a line.
class VoterTokens {
 public:
  explicit VoterTokens(std::filesystem::path file) : file_(std::move(file)) {}

  /// `$XDG_STATE_HOME/flashpoll/voter-tokens`, or below `~/.local/state`. Throws Misconfigured when
  /// the environment names neither.
  [[nodiscard]] static VoterTokens of_user(const runtime::Texts& environment);

  [[nodiscard]] std::optional<std::string> find(std::string_view server) const;
  /// The file is replaced as a whole. Throws std::filesystem::filesystem_error.
  void keep(const std::string& server, const std::string& token) const;
  void forget(const std::string& server) const;

 private:
  using Tokens = std::map<std::string, std::string, std::less<>>;
  [[nodiscard]] Tokens read() const;
  void write(const Tokens& tokens) const;

  std::filesystem::path file_;
};

/// What the user showed: the text of `token_file` if one is named, else of FLASHPOLL_TOKEN, without
/// white space around it. Throws Misconfigured when it is empty, cannot be read, or cannot be sent.
[[nodiscard]] std::optional<std::string> shown_token(const std::string& token_file,
                                                     const runtime::Texts& environment);

/// Writes a secret into a new file of mode 0600. Throws std::filesystem::filesystem_error, also
/// when there is such a file.
void write_secret(const std::filesystem::path& file, std::string_view text);

}  // namespace flashpoll::app
