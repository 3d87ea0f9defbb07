#pragma once

#include <string>
#include <string_view>

namespace flashpoll::archive {

/// A file that appears under its name only when it is whole and on the disk; until then it is
/// `PATH.part`. Readable by its owner alone. One thread.
class OutputFile {
 public:
  /// Throws Misconfigured when PATH is there already, or `PATH.part` is (another one is being
  /// written, or was left behind by a process that was killed), or when it cannot be made.
  explicit OutputFile(std::string path);
  /// Takes away what was not committed.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  /// These throw std::system_error, as when the disk is full.
  void write(std::string_view bytes);
  void commit();

  /// Takes away what was not committed; any thread, for a process that ends at once.
  void discard() const noexcept;

 private:
  const std::string path_;
  const std::string part_;
  int descriptor_ = -1;
  bool committed_ = false;
};

}  // namespace flashpoll::archive
