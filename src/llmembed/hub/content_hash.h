// The hash by which a hub names a file's content, and its check.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "llmembed/status.h"

namespace llmembed::hub {

// A hub's ETag is the content's hash: SHA-256 for a file in large-file storage, else git's own
// name for it (SHA-1 of "blob LENGTH\0" and the content; git's data model, gitformat-pack(5)).
struct ContentHash {
  enum class Kind { kSha256, kGitBlobSha1 };
  Kind kind = Kind::kSha256;
  std::string hex;  // lower case, 64 or 40 digits
};

// From an ETag header, quoted or not, weak or not; nullopt when it is neither of the two.
std::optional<ContentHash> ParseEtag(std::string_view etag);

// Whether the file has that size and hash: ok; kCorrupt when not; kNotFound, kIo.
Status CheckFile(const std::string& path, uint64_t bytes, const ContentHash& expected);

}  // namespace llmembed::hub
