#include "base/file_io.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace llmembed::base {
namespace {

constexpr size_t kBufferBytes = 1 << 20;

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Writes all of it, going on after short writes and signals. Returns 0 or an errno.
int WriteAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return 0;
}

}  // namespace

Status IoError(const std::string& path, const std::string& what, int error_number) {
  const StatusCode code = error_number == ENOENT   ? StatusCode::kNotFound
                          : error_number == ENOMEM ? StatusCode::kOutOfMemory
                                                   : StatusCode::kIo;
  return {code, path + ": cannot " + what + ": " + std::generic_category().message(error_number)};
}

Result<std::string> ReadSmallFile(const std::string& path, uint64_t max_bytes) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return IoError(path, "open", errno);
  std::string contents;
  std::array<char, 1 << 16> block;
  int reason = 0;
  while (contents.size() <= max_bytes) {
    const ssize_t count = ::read(descriptor, block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) reason = errno;
    if (count <= 0) break;
    contents.append(block.data(), static_cast<size_t>(count));
  }
  ::close(descriptor);
  if (reason != 0) return IoError(path, "read", reason);
  if (contents.size() > max_bytes) {
    return Status(StatusCode::kBadData, path + ": longer than the " + std::to_string(max_bytes) +
                                            " bytes that such a file may have");
  }
  return contents;
}

Status MakeFolders(const std::string& path, bool is_private) {
  const mode_t mode = is_private ? 0700 : 0777;
  for (size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string parent = path.substr(0, slash);
    if (::mkdir(parent.c_str(), mode) != 0 && errno != EEXIST && errno != EISDIR) {
      return IoError(parent, "create the folder", errno);
    }
  }
  if (::mkdir(path.c_str(), mode) == 0) return {};
  if (errno != EEXIST) return IoError(path, "create the folder", errno);
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return {};
  return IoError(path, "create the folder", ENOTDIR);
}

Result<AtomicFile> AtomicFile::Create(const std::string& path) {
  AtomicFile file;
  file.path_ = path;
  std::string pattern = path + ".tmp.XXXXXX";
  file.descriptor_ = ::mkostemp(pattern.data(), O_CLOEXEC);
  if (file.descriptor_ < 0) return IoError(path, "create", errno);
  file.temporary_path_ = pattern;
  // mkostemp makes files for their owner alone; ours are ordinary files.
  const mode_t mask = ::umask(0);
  ::umask(mask);
  if (::fchmod(file.descriptor_, 0666 & ~mask) != 0) return IoError(path, "set the mode", errno);
  return file;
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_path_(std::move(other.temporary_path_)),
      buffer_(std::move(other.buffer_)),
      size_(other.size_),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  if (this != &other) {
    Abandon();
    path_ = std::move(other.path_);
    temporary_path_ = std::move(other.temporary_path_);
    buffer_ = std::move(other.buffer_);
    size_ = other.size_;
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

AtomicFile::~AtomicFile() { Abandon(); }

void AtomicFile::Abandon() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_path_.c_str());
  descriptor_ = -1;
}

Status AtomicFile::Flush() {
  const int reason = WriteAll(descriptor_, buffer_);
  buffer_.clear();
  return reason == 0 ? Status() : IoError(path_, "write", reason);
}

Status AtomicFile::Write(std::string_view text) {
  size_ += text.size();
  if (buffer_.size() + text.size() > kBufferBytes) LLMEMBED_RETURN_IF_ERROR(Flush());
  if (text.size() >= kBufferBytes) {
    const int reason = WriteAll(descriptor_, text);
    return reason == 0 ? Status() : IoError(path_, "write", reason);
  }
  buffer_.append(text);
  return {};
}

Status AtomicFile::Write(std::span<const std::byte> bytes) {
  return Write(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

Status AtomicFile::WriteAt(uint64_t offset, std::span<const std::byte> bytes) {
  LLMEMBED_RETURN_IF_ERROR(Flush());
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) continue;
      return IoError(path_, "write", errno);
    }
    offset += static_cast<uint64_t>(written);
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  size_ = std::max(size_, offset);
  return {};
}

Status AtomicFile::AppendFile(const std::string& path) {
  const int source = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (source < 0) return IoError(path, "open", errno);
  std::string block(kBufferBytes, '\0');
  Status status;
  while (status.ok()) {
    const ssize_t count = ::read(source, block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) status = IoError(path, "read", errno);
    if (count <= 0) break;
    status = Write(std::string_view(block.data(), static_cast<size_t>(count)));
  }
  ::close(source);
  return status;
}

Status AtomicFile::Commit() {
  LLMEMBED_RETURN_IF_ERROR(Flush());
  if (::fsync(descriptor_) != 0) return IoError(path_, "sync", errno);
  if (::rename(temporary_path_.c_str(), path_.c_str()) != 0) {
    return IoError(path_, "put in place", errno);
  }
  ::close(std::exchange(descriptor_, -1));
  return SyncFolder(FolderOf(path_));
}

Status WriteFileAtomically(const std::string& path, std::string_view contents) {
  LLMEMBED_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path));
  LLMEMBED_RETURN_IF_ERROR(file.Write(contents));
  return file.Commit();
}

Status SyncFolder(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return IoError(path, "open", errno);
  // Some file systems cannot sync a folder (EINVAL); there the rename itself has to do.
  const int reason = ::fsync(descriptor) == 0 || errno == EINVAL ? 0 : errno;
  ::close(descriptor);
  return reason == 0 ? Status() : IoError(path, "sync", reason);
}

}  // namespace llmembed::base
