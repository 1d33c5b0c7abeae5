#include "store/maintenance.h"

#include <algorithm>
#include <map>
#include <vector>

#include "base/file_io.h"
#include "base/sha256.h"
#include "store/eviction.h"
#include "store/index_registry.h"
#include "store/layout.h"
#include "store/segment_format.h"
#include "store/segment_reader.h"

namespace llmembed::store {
namespace {

constexpr size_t kMaxProblems = 100;

// The description as it was written down, or "" when it is missing or damaged.
std::string DescriptionOf(const Layout& layout, const SpaceId& id) {
  const auto text = base::ReadSmallFile(layout.SpaceFile(id), kMaxDescriptionBytes);
  return text.ok() && base::Sha256Of(*text) == id ? *text : "";
}

void AddProblem(const std::string& problem, StoreVerifyReport* report) {
  if (report->problems.size() < kMaxProblems) {
    report->problems.push_back(problem);
  } else if (report->problems.size() == kMaxProblems) {
    report->problems.push_back("and more");
  }
}

void VerifySegment(const Layout& layout, const SegmentInfo& segment, StoreVerifyReport* report) {
  const std::string path = layout.SegmentFile(segment.number);
  if (segment.bytes < kSegmentHeaderBytes) {
    report->incomplete_bytes += segment.bytes;
    return;
  }
  const auto scan = ScanSegment(path, [](uint32_t, const Key&) { return Status(); });
  if (!scan.ok()) {
    if (scan.status().code() == StatusCode::kNotFound) return;  // removed meanwhile
    ++report->damaged_segments;
    return AddProblem(scan.status().message(), report);
  }
  report->rows += scan->rows;
  report->damaged_rows += scan->damaged_rows;
  report->incomplete_bytes += scan->incomplete_bytes;
  for (const uint64_t record : scan->first_damaged) {
    AddProblem(path + ": offset " + std::to_string(RecordOffset(scan->space.dimension, record)) +
                   ": the checksum of record " + std::to_string(record) + " does not fit",
               report);
  }
  if (scan->damaged_rows > scan->first_damaged.size()) {
    AddProblem(path + ": " + std::to_string(scan->damaged_rows) + " damaged records in all",
               report);
  }
  if (DescriptionOf(layout, scan->space.id).empty()) {
    AddProblem(layout.SpaceFile(scan->space.id) + ": the description of a space is missing or " +
                   "damaged; its vectors are usable",
               report);
  }
}

}  // namespace

Result<StoreStats> ReadStats(const std::string& folder, uint64_t cap_bytes) {
  const Layout layout(folder);
  LLMEMBED_RETURN_IF_ERROR(CheckFormat(layout));
  StoreStats stats;
  stats.path = folder;
  stats.format_version = kStoreVersion;
  stats.cap_bytes = cap_bytes;
  LLMEMBED_ASSIGN_OR_RETURN(stats.bytes, StoreBytes(layout));
  LLMEMBED_ASSIGN_OR_RETURN(const std::vector<SegmentInfo> segments, ListSegments(layout));
  std::map<SpaceId, StoreSpace> spaces;
  for (const SegmentInfo& segment : segments) {
    const auto reader = SegmentReader::Open(layout.SegmentFile(segment.number));
    if (!reader.ok() || segment.bytes < kSegmentHeaderBytes) continue;
    StoreSpace& space = spaces[reader->space().id];
    space.bytes += segment.bytes;
    space.rows += (segment.bytes - kSegmentHeaderBytes) / RecordBytes(reader->space().dimension);
  }
  for (auto& [id, space] : spaces) {
    space.id = base::Hex(id);
    space.description = DescriptionOf(layout, id);
    stats.rows += space.rows;
    stats.spaces.push_back(std::move(space));
  }
  return stats;
}

Result<StoreVerifyReport> Verify(const std::string& folder) {
  const Layout layout(folder);
  LLMEMBED_RETURN_IF_ERROR(CheckFormat(layout));
  LLMEMBED_ASSIGN_OR_RETURN(std::vector<SegmentInfo> segments, ListSegments(layout));
  std::ranges::sort(segments, {}, &SegmentInfo::number);
  StoreVerifyReport report;
  for (const SegmentInfo& segment : segments) VerifySegment(layout, segment, &report);
  return report;
}

Result<uint64_t> Prune(const std::string& folder, uint64_t target_bytes) {
  const Layout layout(folder);
  LLMEMBED_RETURN_IF_ERROR(CheckFormat(layout));
  LLMEMBED_RETURN_IF_ERROR(PrepareFolders(layout));
  LLMEMBED_ASSIGN_OR_RETURN(const uint64_t before, StoreBytes(layout));
  LLMEMBED_ASSIGN_OR_RETURN(IndexLease lease, IndexLease::Take(layout));
  EvictionRule rule;
  rule.target_bytes = target_bytes;
  LLMEMBED_ASSIGN_OR_RETURN(const uint64_t freed, EvictSegments(layout, rule, &lease.index()));
  LLMEMBED_RETURN_IF_ERROR(lease.Release());
  LLMEMBED_ASSIGN_OR_RETURN(const uint64_t after, StoreBytes(layout));
  // With nobody else there the index has shrunk too.
  return std::max(freed, before - std::min(before, after));
}

}  // namespace llmembed::store
