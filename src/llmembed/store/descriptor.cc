#include "store/descriptor.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "base/file_io.h"

namespace llmembed::store {

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

Result<Descriptor> OpenFile(const std::string& path, int flags) {
  int number = -1;
  do {
    number = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  } while (number < 0 && errno == EINTR);
  if (number < 0) return base::IoError(path, "open", errno);
  return Descriptor(number);
}

Result<uint64_t> ReadAt(int descriptor, uint64_t offset, std::span<std::byte> buffer) {
  uint64_t done = 0;
  while (done < buffer.size()) {
    const ssize_t count = ::pread(descriptor, buffer.data() + done, buffer.size() - done,
                                  static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return base::IoError("the store", "read", errno);
    if (count == 0) break;
    done += static_cast<uint64_t>(count);
  }
  return done;
}

Result<bool> LockFile(int descriptor, LockKind kind, LockWait wait) {
  const int operation =
      (kind == LockKind::kShared ? LOCK_SH : LOCK_EX) | (wait == LockWait::kTry ? LOCK_NB : 0);
  while (::flock(descriptor, operation) != 0) {
    if (errno == EINTR) continue;
    if (errno == EWOULDBLOCK) return false;
    return base::IoError("the store", "lock", errno);
  }
  return true;
}

void UnlockFile(int descriptor) { ::flock(descriptor, LOCK_UN); }

ssize_t FileCalls::Write(int descriptor, std::span<const std::byte> bytes, uint64_t offset) {
  return ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
}

int FileCalls::Sync(int descriptor) { return ::fdatasync(descriptor); }

FileCalls& FileCalls::System() {
  static FileCalls calls;
  return calls;
}

}  // namespace llmembed::store
