// SHA-256 of large files, remembered by path, size, modification time and inode.
#pragma once

#include <string>

#include "base/json.h"
#include "llmembed/status.h"

namespace llmembed::base {

// What tells that a file is still the one it was: size, times of modification and change, inode and
// device. The time of change cannot be set back by hand as that of modification can. kNotFound,
// kIo.
Result<Json> FileFingerprint(const std::string& path);

// The file's SHA-256 in hex. Looked up in, and added to, `memory_path` (a small JSON file that is
// rewritten atomically; it being absent, damaged or unwritable only costs the time to hash).
// `force` hashes again even when the answer is remembered.
Result<std::string> FileDigest(const std::string& path, const std::string& memory_path, bool force);

}  // namespace llmembed::base
