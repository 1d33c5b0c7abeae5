// Appends records to a segment that no other process is appending to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "llmembed/status.h"
#include "store/descriptor.h"
#include "store/key.h"
#include "store/layout.h"

namespace llmembed::store {

// Holds the file's exclusive lock while it lives: one writer a segment. Not thread-safe.
class SegmentWriter {
 public:
  // Goes on with a segment of this space that has room and no writer, or starts a new one; a
  // segment has room below `segment_bytes`. `calls` is borrowed. kIo.
  static Result<std::unique_ptr<SegmentWriter>> Open(const Layout& layout, const Space& space,
                                                     uint64_t segment_bytes, FileCalls* calls);

  uint32_t number() const { return number_; }
  uint64_t records() const { return records_; }  // behind which the next ones are appended

  // How many more records belong in this segment.
  uint64_t Room() const;

  // Writes at most RecordsAtATime() records; they survive the end of the process, but a power cut
  // only after Sync. After an error (kIo: disk full...) the file ends where it ended before.
  Status Append(std::span<const Key> keys, std::span<const float> rows);  // rows: [keys, dimension]

  Status Sync();  // kIo: what was written since the last one may be lost

 private:
  SegmentWriter(const Space& space, uint64_t segment_bytes, FileCalls* calls)
      : space_(space), segment_bytes_(segment_bytes), calls_(calls) {}

  Result<bool> TakeOver(const Layout& layout, const SegmentInfo& info);
  Status Create(const Layout& layout);
  Status WriteAll(std::span<const std::byte> bytes, uint64_t offset);

  Space space_;
  uint64_t segment_bytes_;
  FileCalls* calls_;
  Descriptor file_;
  std::string path_;
  std::string folder_to_sync_;  // not empty: the file is new and its name not yet safe
  uint32_t number_ = 0;
  uint64_t records_ = 0;
  bool is_synced_ = true;
  uint64_t bytes_not_started_ = 0;  // written, and the disk not yet asked to begin on them
  std::vector<std::byte> buffer_;
};

}  // namespace llmembed::store
