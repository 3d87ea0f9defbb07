#include "infra/archive/output_file.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "infra/runtime/fault.h"

namespace flashpoll::archive {
namespace {

namespace fs = std::filesystem;

struct Folder {
  Folder() {
    std::string name = "/tmp/fp-archive-XXXXXX";
    path = ::mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path); }
  [[nodiscard]] std::string file() const { return (path / "a.zst").string(); }
  [[nodiscard]] bool empty() const { return fs::is_empty(path); }
  fs::path path;
};

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_CASE("a file is there when it is whole, and not before") {
  const Folder folder;
  OutputFile file(folder.file());
  file.write("one ");
  file.write("two");
  CHECK(!fs::exists(folder.file()));
  file.commit();
  CHECK(text_of(folder.file()) == "one two");
  CHECK(!fs::exists(folder.file() + ".part"));
  CHECK(fs::status(folder.file()).permissions() ==
        (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("what was not committed goes") {
  const Folder folder;
  {
    OutputFile file(folder.file());
    file.write("half");
  }
  CHECK(folder.empty());
  const OutputFile file(folder.file());
  file.discard();
  CHECK(folder.empty());
}

TEST_CASE("nothing is written over") {
  const Folder folder;
  OutputFile first(folder.file());
  CHECK_THROWS_WITH_AS(OutputFile second(folder.file()), doctest::Contains(".part is there"),
                       Misconfigured);
  first.write("one");
  first.commit();
  CHECK_THROWS_WITH_AS(OutputFile second(folder.file()), doctest::Contains("choose another name"),
                       Misconfigured);
  CHECK(text_of(folder.file()) == "one");
  CHECK_THROWS_WITH_AS(OutputFile(folder.file() + "/b.zst"), doctest::Contains("cannot write"),
                       Misconfigured);
}

}  // namespace
}  // namespace flashpoll::archive
