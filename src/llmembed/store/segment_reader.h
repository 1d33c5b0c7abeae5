// Reads a segment, believing nothing in it that its checksums do not confirm.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "llmembed/status.h"
#include "store/descriptor.h"
#include "store/key.h"

namespace llmembed::store {

// Not thread-safe. Many readers of one file may exist, beside its writer.
class SegmentReader {
 public:
  // kNotFound (removed to make room), kCorrupt (the header), kIo.
  static Result<SegmentReader> Open(const std::string& path);

  const Space& space() const { return space_; }

  // Reads records [first, first + count) into `buffer` (grown as needed) and returns the whole ones
  // among them: fewer than `count` where the file ends or cannot be read.
  std::span<const std::byte> ReadRecords(uint64_t first, uint64_t count,
                                         std::vector<std::byte>* buffer) const;

  // Sets the file's modification time: the segment was used now. Failing does no harm.
  void MarkUsed() const;

 private:
  SegmentReader(Descriptor file, const Space& space) : file_(std::move(file)), space_(space) {}

  Descriptor file_;
  Space space_;
};

struct SegmentScan {
  Space space;
  uint64_t rows = 0;              // whole and intact
  uint64_t incomplete_bytes = 0;  // of a record whose writing was interrupted, at the end
  uint64_t damaged_rows = 0;
  std::vector<uint64_t> first_damaged;  // the numbers of the first few damaged records
};

// Reads a whole segment and calls on_row(record number, key) for each intact record; stops at its
// first error and returns that.
Result<SegmentScan> ScanSegment(const std::string& path,
                                const std::function<Status(uint32_t, const Key&)>& on_row);

}  // namespace llmembed::store
