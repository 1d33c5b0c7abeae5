// Fetches rows from the segments the index names, in an order that suits the disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "llmembed/status.h"
#include "store/index.h"
#include "store/key.h"
#include "store/layout.h"
#include "store/segment_reader.h"

namespace llmembed::store {

// What EmbeddingStore::Read was asked for.
struct RowRequest {
  Space space;
  std::span<const Key> keys;
  std::span<float> rows;     // [keys, space.dimension]
  std::span<uint8_t> found;  // [keys], 0 before the call
};

// Not thread-safe.
class RowReader {
 public:
  explicit RowReader(Layout layout) : layout_(std::move(layout)) {}

  // Fills the rows that `hits` locate and whose records are whole, intact and of the key asked
  // for. Sorts `hits`. kIo when a segment cannot be opened at all.
  Status Read(const RowRequest& request, std::span<IndexHit> hits);

  // Records the index knew that were damaged or cut off. Not those of removed segments.
  uint64_t damaged_rows() const { return damaged_rows_; }

 private:
  // nullptr: the segment was removed, or its header is damaged (then *status is kCorrupt).
  const SegmentReader* Reader(uint32_t segment, Status* status);
  Status ReadSegment(const RowRequest& request, std::span<const IndexHit> hits);
  void ReadRun(const RowRequest& request, const SegmentReader& reader,
               std::span<const IndexHit> run);
  void MarkUsed(uint32_t segment, const SegmentReader& reader);

  Layout layout_;
  std::map<uint32_t, SegmentReader> readers_;
  std::map<uint32_t, int64_t> marked_at_;  // nanoseconds
  std::vector<std::byte> buffer_;
  uint64_t damaged_rows_ = 0;
};

}  // namespace llmembed::store
