#include "hub/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "base/file_io.h"

namespace llmembed::hub {
namespace {

constexpr std::chrono::milliseconds kPollInterval(100);

// Another holder may have removed the lock file when it let go: a lock on a file that no longer
// has its name keeps nobody out.
bool StillNamed(int descriptor, const std::string& path) {
  struct stat held {};
  struct stat named {};
  return ::fstat(descriptor, &held) == 0 && ::stat(path.c_str(), &named) == 0 &&
         held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

}  // namespace

Result<FileLock> FileLock::Acquire(const std::string& path, const RunContext& context) {
  bool told = false;
  while (!context.IsCancelled()) {
    UniqueFd descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    if (!descriptor.valid()) return base::IoError(path, "open", errno);
    if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) == 0) {
      if (StillNamed(descriptor.get(), path)) return FileLock(std::move(descriptor));
      continue;
    }
    if (errno != EWOULDBLOCK && errno != EINTR) return base::IoError(path, "lock", errno);
    if (!told) context.Info("another process is fetching the same files; waiting for it");
    told = true;
    std::this_thread::sleep_for(kPollInterval);
  }
  return Status(StatusCode::kCancelled, "cancelled while waiting for " + path);
}

}  // namespace llmembed::hub
