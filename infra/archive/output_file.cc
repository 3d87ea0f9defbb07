#include "infra/archive/output_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "infra/runtime/fault.h"

namespace flashpoll::archive {

namespace {

namespace fs = std::filesystem;

constexpr int kOwnerOnly = 0600;

[[noreturn]] void fail(const std::string& path) {
  throw std::system_error(errno, std::generic_category(), path);
}

void sync_folder(const std::string& path) {
  const fs::path folder = fs::absolute(path).parent_path();
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) fail(folder);
  const int synced = ::fsync(descriptor);
  ::close(descriptor);
  if (synced != 0) fail(folder);
}

}  // namespace

OutputFile::OutputFile(std::string path) : path_(std::move(path)), part_(path_ + ".part") {
  if (fs::exists(path_)) throw Misconfigured(path_ + " is there already: choose another name");
  descriptor_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly);
  if (descriptor_ >= 0) return;
  if (errno == EEXIST) {
    throw Misconfigured(part_ +
                        " is there already: it is being written, or was left behind by a "
                        "process that was killed; then remove it");
  }
  throw Misconfigured("cannot write " + part_ + ": " + std::generic_category().message(errno));
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!committed_) discard();
}

void OutputFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) fail(part_);
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void OutputFile::commit() {
  if (::fsync(descriptor_) != 0) fail(part_);
  if (::close(std::exchange(descriptor_, -1)) != 0) fail(part_);
  fs::rename(part_, path_);
  committed_ = true;
  sync_folder(path_);
}

void OutputFile::discard() const noexcept { ::unlink(part_.c_str()); }

}  // namespace flashpoll::archive
