#include "store/row_appender.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "store/eviction.h"
#include "store/segment_format.h"

namespace llmembed::store {
namespace {

constexpr size_t kFlushRows = 65'536;
constexpr uint64_t kFlushBytes = 64ULL << 20;
// What a row that is not yet in the index may add to it, free pages included. In the end it is
// about 20, but an index of few rows has many half empty pages.
constexpr uint64_t kIndexBytesPerRow = 128;
constexpr uint64_t kMaxAllowance = 64ULL << 20;
constexpr int64_t kDay = 86'400LL * 1'000'000'000;

// The clock that files' modification times are taken from.
int64_t FileClockNow() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

RowAppender::RowAppender(Layout layout, const AppendLimits& limits, IndexSession* session,
                         FileCalls* calls)
    : layout_(std::move(layout)),
      limits_(limits),
      session_(session),
      calls_(calls),
      opened_at_(FileClockNow()) {}

Status RowAppender::Append(const Space& space, std::span<const Key> keys,
                           std::span<const float> rows) {
  const uint64_t row_bytes = RecordBytes(space.dimension) + kIndexBytesPerRow;
  while (!keys.empty()) {
    size_t count = std::min<uint64_t>(keys.size(), RecordsAtATime(space.dimension));
    LLMEMBED_ASSIGN_OR_RETURN(const bool has_room, MakeRoom(count * row_bytes));
    if (!has_room) {
      is_full_ = true;
      return {};
    }
    LLMEMBED_ASSIGN_OR_RETURN(SegmentWriter* const writer, WriterWithRoom(space));
    count = std::min<uint64_t>(count, writer->Room());
    const uint64_t first = writer->records();
    LLMEMBED_RETURN_IF_ERROR(
        writer->Append(keys.first(count), rows.first(count * space.dimension)));
    for (size_t i = 0; i < count; ++i) {
      pending_.push_back({ShortKey(keys[i]), {writer->number(), static_cast<uint32_t>(first + i)}});
    }
    pending_bytes_ += count * row_bytes;
    allowance_ -= count * row_bytes;
    keys = keys.subspan(count);
    rows = rows.subspan(count * space.dimension);
    if (pending_.size() >= kFlushRows || pending_bytes_ >= kFlushBytes) {
      LLMEMBED_RETURN_IF_ERROR(Flush());
    }
  }
  return {};
}

Result<bool> RowAppender::MakeRoom(uint64_t bytes) {
  if (bytes <= allowance_) return true;
  const uint64_t wanted = std::max(bytes, std::min(kMaxAllowance, limits_.cap_bytes / 32));
  const uint64_t pending_index_bytes = pending_.size() * kIndexBytesPerRow;
  // What this run has used stays: otherwise a data set a little larger than the cap would, run
  // after run, push out just what it is about to ask for. After a day it may go all the same, or
  // a server that is never restarted would stop storing.
  const uint64_t needed = wanted + pending_index_bytes;
  const EvictionRule rule = {limits_.cap_bytes - std::min(limits_.cap_bytes, needed),
                             std::max(opened_at_, FileClockNow() - kDay)};
  LLMEMBED_ASSIGN_OR_RETURN(uint64_t total, StoreBytes(layout_));
  total += pending_index_bytes;
  while (total + wanted > limits_.cap_bytes) {
    LLMEMBED_ASSIGN_OR_RETURN(const uint64_t freed,
                              EvictSegments(layout_, rule, &session_->index()));
    LLMEMBED_ASSIGN_OR_RETURN(total, StoreBytes(layout_));
    total += pending_index_bytes;
    // Again while it helps: forgetting a segment's rows makes a small index larger for a time.
    if (freed == 0) break;
  }
  allowance_ = 0;
  if (total + bytes > limits_.cap_bytes) return false;
  allowance_ = std::min(wanted, limits_.cap_bytes - total);
  return true;
}

Result<SegmentWriter*> RowAppender::WriterWithRoom(const Space& space) {
  std::unique_ptr<SegmentWriter>& writer = writers_[space.id];
  if (writer != nullptr && writer->Room() == 0) {
    LLMEMBED_RETURN_IF_ERROR(Flush());
    writer.reset();
  }
  if (writer == nullptr) {
    LLMEMBED_ASSIGN_OR_RETURN(writer,
                              SegmentWriter::Open(layout_, space, limits_.segment_bytes, calls_));
  }
  return writer.get();
}

Status RowAppender::Flush() {
  // The index is told of nothing that a power cut could take back.
  const Status synced = SyncWriters();
  const Status indexed = session_->index().Put(pending_);
  if (!indexed.ok()) session_->MarkIncomplete();
  pending_.clear();
  pending_bytes_ = 0;
  return synced.ok() ? indexed : synced;
}

Status RowAppender::SyncWriters() {
  Status first_error;
  for (auto& [space, writer] : writers_) {
    if (writer == nullptr) continue;
    const Status status = writer->Sync();
    if (status.ok()) continue;
    if (first_error.ok()) first_error = status;
    // The kernel reports a failed write once and then forgets the data: nothing since the last
    // sync counts, and the segment is left as it is.
    std::erase_if(pending_, [number = writer->number()](const IndexEntry& entry) {
      return entry.location.segment == number;
    });
    writer.reset();
  }
  return first_error;
}

}  // namespace llmembed::store
