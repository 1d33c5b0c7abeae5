// One process at a time: an flock on a lock file, let go by the kernel when its holder ends.
#pragma once

#include <string>

#include "hub/unique_fd.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed::hub {

// Held from Acquire to destruction. The lock file stays behind, empty.
class FileLock {
 public:
  // Waits until the lock is free; kCancelled when the context is cancelled first. The folder of
  // `path` must exist.
  static Result<FileLock> Acquire(const std::string& path, const RunContext& context);

 private:
  explicit FileLock(UniqueFd descriptor) : descriptor_(std::move(descriptor)) {}
  UniqueFd descriptor_;
};

}  // namespace llmembed::hub
