#include "infra/app/client_tokens.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include "infra/runtime/fault.h"

namespace flashpoll::app {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const char* what, const fs::path& file) {
  throw fs::filesystem_error(what, file, std::error_code(errno, std::generic_category()));
}

std::optional<std::string> variable(const runtime::Texts& environment, std::string_view name) {
  const auto found = environment.find(name);
  if (found == environment.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

std::string trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(kSpace) - begin + 1));
}

bool is_sendable(std::string_view token) {
  return std::ranges::all_of(token, [](char c) { return c > ' ' && c < 0x7F; });
}

std::string read_token(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Misconfigured("--token-file: cannot read \"" + path + "\"");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

VoterTokens VoterTokens::of_user(const runtime::Texts& environment) {
  fs::path state;
  if (const auto named = variable(environment, "XDG_STATE_HOME")) {
    state = *named;
  } else if (const auto home = variable(environment, "HOME")) {
    state = fs::path(*home) / ".local" / "state";
  } else {
    throw Misconfigured("neither XDG_STATE_HOME nor HOME says where to keep a voter token");
  }
  return VoterTokens(state / "flashpoll" / "voter-tokens");
}

VoterTokens::Tokens VoterTokens::read() const {
  Tokens tokens;
  std::ifstream file(file_);
  for (std::string line; std::getline(file, line);) {
    const std::size_t space = line.find(' ');
    if (space != std::string::npos) tokens[line.substr(0, space)] = trimmed(line.substr(space + 1));
  }
  return tokens;
}

void VoterTokens::write(const Tokens& tokens) const {
  std::string text;
  for (const auto& [server, token] : tokens) text += server + " " + token + "\n";
  fs::create_directories(file_.parent_path());
  fs::permissions(file_.parent_path(), fs::perms::owner_all);
  const fs::path fresh = file_.string() + "." + std::to_string(::getpid());
  fs::remove(fresh);
  write_secret(fresh, text);
  fs::rename(fresh, file_);
}

std::optional<std::string> VoterTokens::find(std::string_view server) const {
  const Tokens tokens = read();
  const auto found = tokens.find(server);
  if (found == tokens.end() || !is_sendable(found->second)) return std::nullopt;
  return found->second;
}

void VoterTokens::keep(const std::string& server, const std::string& token) const {
  Tokens tokens = read();
  tokens[server] = token;
  write(tokens);
}

void VoterTokens::forget(const std::string& server) const {
  Tokens tokens = read();
  if (tokens.erase(server) > 0) write(tokens);
}

std::optional<std::string> shown_token(const std::string& token_file,
                                       const runtime::Texts& environment) {
  std::string token;
  if (!token_file.empty()) {
    token = trimmed(read_token(token_file));
  } else if (const auto named = variable(environment, "FLASHPOLL_TOKEN")) {
    token = trimmed(*named);
  } else {
    return std::nullopt;
  }
  if (token.empty() || !is_sendable(token)) {
    throw Misconfigured(std::string(token_file.empty() ? "FLASHPOLL_TOKEN" : "--token-file") +
                        ": this is no token");
  }
  return token;
}

void write_secret(const fs::path& file, std::string_view text) {
  const int descriptor = ::open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (descriptor < 0) fail("cannot create", file);
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno != EINTR) {
      ::close(descriptor);
      fail("cannot write", file);
    }
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  const bool synced = ::fsync(descriptor) == 0;
  if (::close(descriptor) != 0 || !synced) fail("cannot write", file);
}

}  // namespace flashpoll::app
