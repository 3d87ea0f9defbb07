#include "infra/app/client_tokens.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <fstream>

#include "infra/runtime/fault.h"

namespace flashpoll::app {
namespace {

namespace fs = std::filesystem;

/// A directory that goes with the test.
struct Directory {
  Directory() {
    std::string pattern = (fs::temp_directory_path() / "flashpoll-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~Directory() { fs::remove_all(path); }
  fs::path path;
};

constexpr const char* kServer = "http://127.0.0.1:8080";

TEST_CASE("a token is kept per server, for its user alone") {
  const Directory home;
  const runtime::Texts environment = {{"XDG_STATE_HOME", home.path.string()}};
  const VoterTokens tokens = VoterTokens::of_user(environment);
  CHECK_FALSE(tokens.find(kServer).has_value());
  tokens.keep(kServer, "one");
  tokens.keep("http://other", "two");
  tokens.keep(kServer, "three");
  CHECK(VoterTokens::of_user(environment).find(kServer) == "three");
  CHECK(tokens.find("http://other") == "two");
  tokens.forget(kServer);
  CHECK_FALSE(tokens.find(kServer).has_value());
  CHECK(tokens.find("http://other") == "two");

  const fs::path file = home.path / "flashpoll" / "voter-tokens";
  CHECK((fs::status(file).permissions() & fs::perms::mask) ==
        (fs::perms::owner_read | fs::perms::owner_write));
  CHECK(std::distance(fs::directory_iterator(file.parent_path()), fs::directory_iterator()) == 1);
}

TEST_CASE("without XDG_STATE_HOME it is below the home directory; without both it is refused") {
  const Directory home;
  VoterTokens::of_user({{"HOME", home.path.string()}}).keep(kServer, "one");
  CHECK(fs::exists(home.path / ".local" / "state" / "flashpoll" / "voter-tokens"));
  CHECK_THROWS_AS((void)VoterTokens::of_user({}), Misconfigured);
}

TEST_CASE("a credential comes from the file that is named, else from the environment") {
  const Directory home;
  const std::string file = (home.path / "token").string();
  std::ofstream(file) << "  from-file\n";
  const runtime::Texts environment = {{"FLASHPOLL_TOKEN", "from-environment"}};
  CHECK(shown_token(file, environment) == "from-file");
  CHECK(shown_token("", environment) == "from-environment");
  CHECK_FALSE(shown_token("", {}).has_value());
  CHECK_THROWS_AS((void)shown_token(file + "2", environment), Misconfigured);
  CHECK_THROWS_AS((void)shown_token("", {{"FLASHPOLL_TOKEN", "two\nlines"}}), Misconfigured);
  CHECK_THROWS_AS((void)shown_token("", {{"FLASHPOLL_TOKEN", " "}}), Misconfigured);
}

TEST_CASE("a secret never overwrites a file") {
  const Directory home;
  const fs::path file = home.path / "token";
  write_secret(file, "one");
  CHECK_THROWS_AS((void)write_secret(file, "two"), fs::filesystem_error);
  std::string text;
  std::ifstream(file) >> text;
  CHECK(text == "one");
}

}  // namespace
}  // namespace flashpoll::app
