#include "infra/runtime/config.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "infra/runtime/fault.h"

namespace flashpoll::runtime {
namespace {

constexpr std::array<Setting, 8> kTable = {{
    {"port", SettingType::integer, "8080", "", SettingKind::plain, 0, 65535},
    {"admin_port", SettingType::integer, "8081", "", SettingKind::plain, 0, 65535},
    {"public_url", SettingType::text, "", ""},
    {"database", SettingType::text, "postgresql:///x", "", SettingKind::url},
    {"tokens", SettingType::list, "", "", SettingKind::secret},
    {"ledger", SettingType::text, "postgres", "", SettingKind::plain, 0, 0, "postgres|memory"},
    {"limits.per_minute", SettingType::integer, "30", "", SettingKind::plain, -5, 100},
    {"stop", SettingType::duration, "10s", "", SettingKind::plain, 100, 60'000},
}};

/// A TOML file for the length of a test.
class File {
 public:
  explicit File(const std::string& text)
      : path_(std::filesystem::temp_directory_path() /
              ("flashpoll-config-" + std::to_string(::getpid()) + ".toml")) {
    std::ofstream(path_) << text;
  }
  ~File() { std::filesystem::remove(path_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

std::string refusal(const ConfigSources& sources) {
  try {
    (void)Config::load(kTable, sources);
  } catch (const Misconfigured& fault) {
    return fault.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("flags win over environment, environment over the file, the file over defaults") {
  const File file("port = 1\nadmin_port = 1\npublic_url = \"file\"\n[limits]\nper_minute = 1\n");
  const Config config = Config::load(
      kTable,
      {.flags = {{"port", "3"}},
       .environment = {{"FLASHPOLL_PORT", "2"}, {"FLASHPOLL_ADMIN_PORT", "2"}, {"PATH", "/bin"}},
       .file = file.path()});
  CHECK(config.integer("port") == 3);
  CHECK(config.origin("port") == "flag --port");
  CHECK(config.integer("admin_port") == 2);
  CHECK(config.origin("admin_port") == "environment FLASHPOLL_ADMIN_PORT");
  CHECK(config.text("public_url") == "file");
  CHECK(config.origin("public_url") == "file " + file.path() + " line 3");
  CHECK(config.integer("limits.per_minute") == 1);
  CHECK(config.text("ledger") == "postgres");
  CHECK(config.origin("ledger") == "default");
  CHECK(config.duration_ms("stop") == 10'000);
}

TEST_CASE("lists are arrays in the file and comma-separated elsewhere") {
  const File file("tokens = [\"a b\", \"c\"]\n");
  CHECK(Config::load(kTable, {.file = file.path()}).list("tokens") ==
        std::vector<std::string>{"a b", "c"});
  CHECK(Config::load(kTable, {.environment = {{"FLASHPOLL_TOKENS", "x,y"}}}).list("tokens") ==
        std::vector<std::string>{"x", "y"});
  CHECK(Config::load(kTable, {}).list("tokens").empty());
}

TEST_CASE("unknown names are refused with the nearest one, wherever they stand") {
  const File file("admin_prot = 1\n");
  CHECK(refusal({.file = file.path()}) ==
        "admin_prot (file " + file.path() + " line 1): no such setting; did you mean admin_port?");
  CHECK(refusal({.environment = {{"FLASHPOLL_LIMIT_PER_MINUTE", "1"}}})
            .find("did you mean FLASHPOLL_LIMITS_PER_MINUTE?") != std::string::npos);
  CHECK(refusal({.flags = {{"prt", "1"}}}).find("did you mean port?") != std::string::npos);
  constexpr std::array<std::string_view, 1> others = {"FLASHPOLL_URL"};
  CHECK_NOTHROW((void)Config::load(kTable, {.environment = {{"FLASHPOLL_URL", "x"}}}, others));
}

TEST_CASE("values of the wrong kind are refused with the setting and what is expected") {
  CHECK(refusal({.flags = {{"port", "65536"}}}) ==
        "port (flag --port): an integer from 0 to 65535 is expected, not \"65536\"");
  CHECK(
      refusal({.environment = {{"FLASHPOLL_LEDGER", "mysql"}}}) ==
      "ledger (environment FLASHPOLL_LEDGER): one of postgres, memory is expected, not \"mysql\"");
  for (const char* number : {"", "+1", "01", "1.0", " 1", "0x1", "99999999999999999999", "-6"}) {
    CAPTURE(number);
    CHECK(refusal({.flags = {{"limits.per_minute", number}}}).find("an integer from -5") !=
          std::string::npos);
  }
  CHECK(refusal({.flags = {{"limits.per_minute", "-5"}}}) == "accepted");
  for (const char* duration : {"10", "99ms", "2h"}) {
    CAPTURE(duration);
    CHECK(refusal({.flags = {{"stop", duration}}}).find("from 100ms to 1m") != std::string::npos);
  }
  for (const char* tokens : {",", "a,", ",a", "a,,b"}) {
    CAPTURE(tokens);
    CHECK(refusal({.environment = {{"FLASHPOLL_TOKENS", tokens}}}).find("single commas") !=
          std::string::npos);
  }
}

TEST_CASE("a file that cannot be read, parsed or meant is refused with the line") {
  CHECK(refusal({.file = "/nowhere/x.toml"}).find("/nowhere/x.toml") != std::string::npos);
  for (const char* text : {"\nport = \n", "\nport = 1.5\n", "\nport = 1979-05-27\n",
                           "\ntokens = [\"a,b\"]\n", "\ntokens = [[1]]\n"}) {
    CAPTURE(text);
    const File file(text);
    CHECK(refusal({.file = file.path()}).find("line 2") != std::string::npos);
  }
}

TEST_CASE("secrets are no arguments, and are shown nowhere") {
  CHECK(refusal({.flags = {{"tokens", "abc"}}}).find("set FLASHPOLL_TOKENS") != std::string::npos);
  CHECK(refusal({.environment = {{"FLASHPOLL_TOKENS", "hush,,hush"}}}).find("hush") ==
        std::string::npos);
  const std::string shown =
      Config::load(kTable, {.flags = {{"database", "postgresql://u:hush@h/d"}},
                            .environment = {{"FLASHPOLL_TOKENS", "hush"}}})
          .show();
  CHECK(shown.find("hush") == std::string::npos);
  CHECK(shown.find("tokens = \"***\"  # environment FLASHPOLL_TOKENS\n") != std::string::npos);
  CHECK(shown.find("database = \"postgresql://u:***@h/d\"  # flag --database\n") !=
        std::string::npos);
  CHECK(shown.find("port = 8080  # default\n") != std::string::npos);
}

TEST_CASE("a setting has one spelling per source") {
  CHECK(flag_of(kTable[6]) == "--limits-per-minute");
  CHECK(environment_of(kTable[6]) == "FLASHPOLL_LIMITS_PER_MINUTE");
}

}  // namespace flashpoll::runtime
