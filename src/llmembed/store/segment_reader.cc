#include "store/segment_reader.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/file_io.h"
#include "store/segment_format.h"

namespace llmembed::store {
namespace {

constexpr size_t kDamagedNamed = 4;

}  // namespace

Result<SegmentReader> SegmentReader::Open(const std::string& path) {
  LLMEMBED_ASSIGN_OR_RETURN(Descriptor file, OpenFile(path, O_RDONLY));
  SegmentHeader header;
  const Result<uint64_t> count = ReadAt(file.get(), 0, header);
  if (!count.ok()) return count.status().WithContext(path);
  const std::optional<Space> space = DecodeSegmentHeader(std::span(header).first(*count));
  if (!space) {
    return Status(StatusCode::kCorrupt, path + ": offset 0: not a whole segment header");
  }
  return SegmentReader(std::move(file), *space);
}

std::span<const std::byte> SegmentReader::ReadRecords(uint64_t first, uint64_t count,
                                                      std::vector<std::byte>* buffer) const {
  const uint64_t record_bytes = RecordBytes(space_.dimension);
  if (buffer->size() < count * record_bytes) buffer->resize(count * record_bytes);
  const Result<uint64_t> bytes = ReadAt(file_.get(), RecordOffset(space_.dimension, first),
                                        std::span(*buffer).first(count * record_bytes));
  // A sector that cannot be read is a damaged record like any other.
  if (!bytes.ok()) return {};
  return std::span(*buffer).first(*bytes / record_bytes * record_bytes);
}

void SegmentReader::MarkUsed() const {
  const std::array<timespec, 2> times = {timespec{0, UTIME_OMIT}, timespec{0, UTIME_NOW}};
  ::futimens(file_.get(), times.data());
}

Result<SegmentScan> ScanSegment(const std::string& path,
                                const std::function<Status(uint32_t, const Key&)>& on_row) {
  LLMEMBED_ASSIGN_OR_RETURN(const SegmentReader reader, SegmentReader::Open(path));
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return base::IoError(path, "look up", errno);
  const uint64_t record_bytes = RecordBytes(reader.space().dimension);
  const uint64_t bytes_in_file =
      std::max<uint64_t>(static_cast<uint64_t>(info.st_size), kSegmentHeaderBytes);
  const uint64_t body = bytes_in_file - kSegmentHeaderBytes;
  const uint64_t records = body / record_bytes;
  SegmentScan scan;
  scan.space = reader.space();
  scan.incomplete_bytes = body % record_bytes;

  std::vector<std::byte> buffer;
  for (uint64_t first = 0; first < records;) {
    const uint64_t count = std::min(RecordsAtATime(reader.space().dimension), records - first);
    const std::span<const std::byte> bytes = reader.ReadRecords(first, count, &buffer);
    const uint64_t whole = bytes.size() / record_bytes;
    for (uint64_t i = 0; i < count; ++i) {
      const auto key =
          i < whole ? DecodeRecordKey(bytes.subspan(i * record_bytes, record_bytes)) : std::nullopt;
      if (!key) {
        ++scan.damaged_rows;
        if (scan.first_damaged.size() < kDamagedNamed) scan.first_damaged.push_back(first + i);
        continue;
      }
      LLMEMBED_RETURN_IF_ERROR(on_row(static_cast<uint32_t>(first + i), *key));
      ++scan.rows;
    }
    first += count;
  }
  return scan;
}

}  // namespace llmembed::store
