#include "store/row_reader.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <tuple>
#include <utility>

#include "store/segment_format.h"

namespace llmembed::store {
namespace {

// Reading on over this much of no interest is cheaper than another system call.
constexpr uint64_t kGapBytes = 8 << 10;
constexpr size_t kMaxOpenSegments = 64;
constexpr std::chrono::nanoseconds kMarkAgainAfter = std::chrono::hours(1);

int64_t Now() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

}  // namespace

Status RowReader::Read(const RowRequest& request, std::span<IndexHit> hits) {
  const auto place = [](const IndexHit& hit) {
    return std::pair(hit.location.segment, hit.location.record);
  };
  std::ranges::sort(hits, {}, place);
  while (!hits.empty()) {
    const uint32_t segment = hits.front().location.segment;
    const auto end = std::ranges::find_if(
        hits, [segment](const IndexHit& hit) { return hit.location.segment != segment; });
    const auto count = static_cast<size_t>(end - hits.begin());
    LLMEMBED_RETURN_IF_ERROR(ReadSegment(request, hits.first(count)));
    hits = hits.subspan(count);
  }
  return {};
}

const SegmentReader* RowReader::Reader(uint32_t segment, Status* status) {
  if (const auto known = readers_.find(segment); known != readers_.end()) return &known->second;
  Result<SegmentReader> reader = SegmentReader::Open(layout_.SegmentFile(segment));
  if (!reader.ok()) {
    if (reader.status().code() != StatusCode::kNotFound) *status = reader.status();
    return nullptr;
  }
  if (readers_.size() >= kMaxOpenSegments) readers_.clear();
  return &readers_.emplace(segment, *std::move(reader)).first->second;
}

Status RowReader::ReadSegment(const RowRequest& request, std::span<const IndexHit> hits) {
  Status status;
  const uint32_t segment = hits.front().location.segment;
  const SegmentReader* reader = Reader(segment, &status);
  const bool is_ours = reader != nullptr && reader->space().id == request.space.id &&
                       reader->space().dimension == request.space.dimension;
  if (!is_ours) {
    if (reader != nullptr || status.code() == StatusCode::kCorrupt) {
      damaged_rows_ += hits.size();
      return {};
    }
    return status;
  }
  MarkUsed(segment, *reader);
  const uint64_t max_step = 1 + kGapBytes / RecordBytes(request.space.dimension);
  const uint64_t max_records = RecordsAtATime(request.space.dimension);
  while (!hits.empty()) {
    const uint64_t first = hits.front().location.record;
    size_t count = 1;
    while (count < hits.size()) {
      const uint64_t next = hits[count].location.record;
      if (next - hits[count - 1].location.record > max_step || next - first >= max_records) break;
      ++count;
    }
    ReadRun(request, *reader, hits.first(count));
    hits = hits.subspan(count);
  }
  return {};
}

void RowReader::ReadRun(const RowRequest& request, const SegmentReader& reader,
                        std::span<const IndexHit> run) {
  const uint32_t dimension = request.space.dimension;
  const uint64_t record_bytes = RecordBytes(dimension);
  const uint64_t first = run.front().location.record;
  const uint64_t count = run.back().location.record - first + 1;
  const std::span<const std::byte> bytes = reader.ReadRecords(first, count, &buffer_);
  for (const IndexHit& hit : run) {
    const uint64_t offset = (hit.location.record - first) * record_bytes;
    if (offset >= bytes.size()) {
      ++damaged_rows_;
      continue;
    }
    const std::span<const std::byte> record = bytes.subspan(offset, record_bytes);
    const std::optional<Key> key = DecodeRecordKey(record);
    if (!key) ++damaged_rows_;
    // An intact record of another key: two keys share their first half.
    if (key != request.keys[hit.position]) continue;
    const std::span<float> row =
        request.rows.subspan(uint64_t{hit.position} * dimension, dimension);
    std::memcpy(row.data(), record.data() + kRecordPrefixBytes, row.size_bytes());
    request.found[hit.position] = 1;
  }
}

void RowReader::MarkUsed(uint32_t segment, const SegmentReader& reader) {
  const int64_t now = Now();
  const auto [mark, is_new] = marked_at_.emplace(segment, now);
  if (!is_new && now - mark->second < kMarkAgainAfter.count()) return;
  mark->second = now;
  reader.MarkUsed();
}

}  // namespace llmembed::store
