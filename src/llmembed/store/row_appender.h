// Adds rows to segments and, once they are safe there, to the index; keeps within the cap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "llmembed/status.h"
#include "store/descriptor.h"
#include "store/index_session.h"
#include "store/key.h"
#include "store/layout.h"
#include "store/segment_writer.h"

namespace llmembed::store {

struct AppendLimits {
  uint64_t cap_bytes = 0;
  uint64_t segment_bytes = 0;
};

// Not thread-safe. What is not flushed when it is destroyed is in the segments only.
class RowAppender {
 public:
  // `session` and `calls` are borrowed.
  RowAppender(Layout layout, const AppendLimits& limits, IndexSession* session, FileCalls* calls);

  // The contracts are EmbeddingStore's.
  Status Append(const Space& space, std::span<const Key> keys, std::span<const float> rows);
  Status Flush();
  bool is_full() const { return is_full_; }

 private:
  Result<bool> MakeRoom(uint64_t bytes);
  Result<SegmentWriter*> WriterWithRoom(const Space& space);
  Status SyncWriters();

  Layout layout_;
  AppendLimits limits_;
  IndexSession* session_;
  FileCalls* calls_;
  int64_t opened_at_;  // nanoseconds since 1970

  std::map<SpaceId, std::unique_ptr<SegmentWriter>> writers_;
  std::vector<IndexEntry> pending_;  // written, not yet in the index
  uint64_t pending_bytes_ = 0;
  uint64_t allowance_ = 0;  // bytes that may be written before the cap is looked at again
  bool is_full_ = false;
};

}  // namespace llmembed::store
