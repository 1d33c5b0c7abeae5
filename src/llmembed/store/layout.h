// Where things lie in the store's folder, and which version of that order it is.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "llmembed/status.h"
#include "store/key.h"

namespace llmembed::store {

inline constexpr uint32_t kStoreVersion = 1;

// Paths only; nothing here touches the disk. docs/formats/store.md describes the files.
class Layout {
 public:
  explicit Layout(std::string folder) : folder_(std::move(folder)) {}

  const std::string& folder() const { return folder_; }
  std::string FormatFile() const { return folder_ + "/FORMAT"; }
  std::string OpenLock() const { return folder_ + "/open.lock"; }
  std::string UsersLock() const { return folder_ + "/users.lock"; }
  std::string IndexFolder() const { return folder_ + "/index"; }
  std::string IndexData() const { return folder_ + "/index/data.mdb"; }
  std::string IndexReaders() const { return folder_ + "/index/lock.mdb"; }
  std::string CompactedIndex() const { return folder_ + "/index/compacted.mdb"; }
  std::string CleanMark() const { return folder_ + "/index/clean.json"; }
  std::string SpacesFolder() const { return folder_ + "/spaces"; }
  std::string SpaceFile(const SpaceId& id) const;
  std::string SegmentsFolder() const { return folder_ + "/segments"; }
  std::string SegmentFile(uint32_t number) const;

 private:
  std::string folder_;
};

// kMismatch for a store of a newer version, kCorrupt for a FORMAT file that is none, kNotFound.
Status CheckFormat(const Layout& layout);

// Makes the folders (0700) and FORMAT where missing; kMismatch, kCorrupt, kIo.
Status PrepareFolders(const Layout& layout);

struct SegmentInfo {
  uint32_t number = 0;
  uint64_t bytes = 0;
  int64_t used_at =
      0;  // modification time, nanoseconds: set by writing and, once a run, by reading
};

// All segment files, longest unused first. Files with other names are not ours and are left out.
Result<std::vector<SegmentInfo>> ListSegments(const Layout& layout);

// The index's bytes on disk; 0 where there is none.
uint64_t IndexBytes(const Layout& layout);

}  // namespace llmembed::store
