#include "store/eviction.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string>
#include <vector>

#include "base/file_io.h"
#include "store/descriptor.h"

namespace llmembed::store {
namespace {

// Returns whether the file is gone now by our doing: not when it has a writer.
Result<bool> RemoveUnlessWritten(const std::string& path) {
  const Result<Descriptor> file = OpenFile(path, O_RDONLY);
  if (!file.ok()) {
    if (file.status().code() == StatusCode::kNotFound) return false;
    return file.status();
  }
  // Held until the file has no name: nobody takes it over for writing in between.
  LLMEMBED_ASSIGN_OR_RETURN(const bool locked,
                            LockFile(file->get(), LockKind::kExclusive, LockWait::kTry));
  if (!locked) return false;
  if (::unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  return base::IoError(path, "remove", errno);
}

}  // namespace

Result<uint64_t> StoreBytes(const Layout& layout) {
  LLMEMBED_ASSIGN_OR_RETURN(const std::vector<SegmentInfo> segments, ListSegments(layout));
  uint64_t bytes = IndexBytes(layout);
  for (const SegmentInfo& segment : segments) bytes += segment.bytes;
  return bytes;
}

Result<uint64_t> EvictSegments(const Layout& layout, const EvictionRule& rule, Index* index) {
  LLMEMBED_ASSIGN_OR_RETURN(uint64_t bytes, StoreBytes(layout));
  LLMEMBED_ASSIGN_OR_RETURN(const std::vector<SegmentInfo> segments, ListSegments(layout));
  uint64_t freed = 0;
  std::set<uint32_t> removed;
  Status status;
  for (const SegmentInfo& segment : segments) {
    if (bytes <= rule.target_bytes || segment.used_at >= rule.used_before) break;
    const Result<bool> is_removed = RemoveUnlessWritten(layout.SegmentFile(segment.number));
    if (!is_removed.ok()) {
      status = is_removed.status();
      break;
    }
    if (!*is_removed) continue;
    removed.insert(segment.number);
    freed += segment.bytes;
    bytes -= std::min(bytes, segment.bytes);
  }
  // The files first: ended in between, the index points to what is not there, which is a miss.
  LLMEMBED_RETURN_IF_ERROR(index->EraseSegments(removed));
  LLMEMBED_RETURN_IF_ERROR(status);
  return freed;
}

}  // namespace llmembed::store
