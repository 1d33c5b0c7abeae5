// Small files in, whole files out: a file we write is either the old one or the new one.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "llmembed/status.h"

namespace llmembed::base {

// The status for a failed system call: "PATH: cannot WHAT: REASON", kNotFound for ENOENT,
// kOutOfMemory for ENOMEM, else kIo.
Status IoError(const std::string& path, const std::string& what, int error_number);

// The file's bytes; kBadData when it is longer than max_bytes.
Result<std::string> ReadSmallFile(const std::string& path, uint64_t max_bytes);

// Creates the folder and its parents (mode 0777 & ~umask, or 0700 when `is_private`).
Status MakeFolders(const std::string& path, bool is_private = false);

// Writes to `path` by way of a temporary file beside it: Write..., then Commit (fsync, rename,
// fsync of the folder). Without Commit the destructor removes the temporary file. Not thread-safe.
class AtomicFile {
 public:
  static Result<AtomicFile> Create(const std::string& path);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;
  ~AtomicFile();

  Status Write(std::span<const std::byte> bytes);  // buffered; at the end of the file
  Status Write(std::string_view text);
  Status WriteAt(uint64_t offset, std::span<const std::byte> bytes);  // overwrites
  Status AppendFile(const std::string& path);                         // a whole other file's bytes
  Status Commit();

  uint64_t size() const { return size_; }
  const std::string& temporary_path() const { return temporary_path_; }

 private:
  AtomicFile() = default;
  Status Flush();
  void Abandon();

  std::string path_;
  std::string temporary_path_;
  std::string buffer_;
  uint64_t size_ = 0;
  int descriptor_ = -1;
};

// AtomicFile in one call.
Status WriteFileAtomically(const std::string& path, std::string_view contents);

// fsync of a folder, so that renames in it survive a power cut.
Status SyncFolder(const std::string& path);

}  // namespace llmembed::base
