// SHA-256 of large files, remembered by path, size, modification time and inode.
#pragma once

#include <string>

#include "llmembed/status.h"

namespace llmembed::base {

// The file's SHA-256 in hex. Looked up in, and added to, `memory_path` (a small JSON file that is
// rewritten atomically; it being absent, damaged or unwritable only costs the time to hash).
// `force` hashes again even when the answer is remembered.
Result<std::string> FileDigest(const std::string& path, const std::string& memory_path, bool force);

}  // namespace llmembed::base
