#include "store/segment_writer.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/file_io.h"
#include "store/segment_format.h"

namespace llmembed::store {
namespace {

constexpr int kMaxNumberTries = 16;
// Often enough that Sync finds little left to wait for.
constexpr uint64_t kWritebackStep = 8ULL << 20;

bool StillHasName(int descriptor) {
  struct stat info {};
  return ::fstat(descriptor, &info) == 0 && info.st_nlink > 0;
}

}  // namespace

Result<std::unique_ptr<SegmentWriter>> SegmentWriter::Open(const Layout& layout, const Space& space,
                                                           uint64_t segment_bytes,
                                                           FileCalls* calls) {
  std::unique_ptr<SegmentWriter> writer(new SegmentWriter(space, segment_bytes, calls));
  LLMEMBED_ASSIGN_OR_RETURN(const std::vector<SegmentInfo> segments, ListSegments(layout));
  for (const SegmentInfo& info : segments) {
    if (info.bytes < kSegmentHeaderBytes || info.bytes >= segment_bytes) continue;
    LLMEMBED_ASSIGN_OR_RETURN(const bool taken, writer->TakeOver(layout, info));
    if (taken) return writer;
  }
  LLMEMBED_RETURN_IF_ERROR(writer->Create(layout));
  return writer;
}

Result<bool> SegmentWriter::TakeOver(const Layout& layout, const SegmentInfo& info) {
  const std::string path = layout.SegmentFile(info.number);
  Result<Descriptor> file = OpenFile(path, O_RDWR);
  if (!file.ok()) return false;  // removed meanwhile, or not ours to write
  SegmentHeader header;
  const Result<uint64_t> count = ReadAt(file->get(), 0, header);
  if (!count.ok()) return false;
  const std::optional<Space> space = DecodeSegmentHeader(std::span(header).first(*count));
  if (!space || space->id != space_.id || space->dimension != space_.dimension) return false;
  LLMEMBED_ASSIGN_OR_RETURN(const bool locked,
                            LockFile(file->get(), LockKind::kExclusive, LockWait::kTry));
  if (!locked || !StillHasName(file->get())) return false;

  // Only now is the length certain: the last writer may have gone on until it let go of the lock.
  struct stat state {};
  if (::fstat(file->get(), &state) != 0) return base::IoError(path, "look up", errno);
  const uint64_t size = static_cast<uint64_t>(state.st_size);
  if (size < kSegmentHeaderBytes) return false;
  const uint64_t body = size - kSegmentHeaderBytes;
  records_ = body / RecordBytes(space_.dimension);
  if (Room() == 0) return false;
  const uint64_t end = RecordOffset(space_.dimension, records_);
  if (::ftruncate(file->get(), static_cast<off_t>(end)) != 0) {
    return base::IoError(path, "cut off an interrupted write", errno);
  }
  file_ = *std::move(file);
  path_ = path;
  number_ = info.number;
  return true;
}

Status SegmentWriter::Create(const Layout& layout) {
  // Numbers are drawn, not counted: no two processes have to agree on the next one, and that of a
  // removed segment, which an index or an open reader may still mean, does not come back.
  for (int i = 0; i < kMaxNumberTries; ++i) {
    if (::getrandom(&number_, sizeof(number_), 0) != sizeof(number_)) {
      return base::IoError(layout.SegmentsFolder(), "draw a segment number", errno);
    }
    path_ = layout.SegmentFile(number_);
    const int descriptor = ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0 && errno == EEXIST) continue;
    if (descriptor < 0) return base::IoError(path_, "create", errno);
    file_ = Descriptor(descriptor);
    LLMEMBED_ASSIGN_OR_RETURN(const bool locked,
                              LockFile(descriptor, LockKind::kExclusive, LockWait::kTry));
    if (!locked || !StillHasName(descriptor)) continue;  // another process cleared it away
    records_ = 0;
    folder_to_sync_ = layout.SegmentsFolder();
    const Status written = WriteAll(EncodeSegmentHeader(space_), 0);
    if (!written.ok()) ::unlink(path_.c_str());
    return written;
  }
  return {StatusCode::kIo, layout.SegmentsFolder() + ": no free segment number found"};
}

uint64_t SegmentWriter::Room() const {
  const uint64_t end = RecordOffset(space_.dimension, records_);
  const uint64_t room =
      end < segment_bytes_ ? (segment_bytes_ - end) / RecordBytes(space_.dimension) : 0;
  // One record always fits an empty segment, however long it is.
  return records_ == 0 ? std::max<uint64_t>(room, 1) : room;
}

Status SegmentWriter::WriteAll(std::span<const std::byte> bytes, uint64_t offset) {
  const uint64_t begin = offset;
  while (!bytes.empty()) {
    const ssize_t count = calls_->Write(file_.get(), bytes, offset);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      const Status status = base::IoError(path_, "write", count < 0 ? errno : ENOSPC);
      // What cannot be cut off here is an incomplete record, which every reader passes over.
      [[maybe_unused]] const int cut = ::ftruncate(file_.get(), static_cast<off_t>(begin));
      return status;
    }
    offset += static_cast<uint64_t>(count);
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
  return {};
}

Status SegmentWriter::Append(std::span<const Key> keys, std::span<const float> rows) {
  const uint64_t record_bytes = RecordBytes(space_.dimension);
  const uint64_t bytes = keys.size() * record_bytes;
  if (buffer_.size() < bytes) buffer_.resize(bytes);
  for (size_t i = 0; i < keys.size(); ++i) {
    EncodeRecord(keys[i], rows.subspan(i * space_.dimension, space_.dimension),
                 std::span(buffer_).subspan(i * record_bytes, record_bytes));
  }
  const uint64_t offset = RecordOffset(space_.dimension, records_);
  LLMEMBED_RETURN_IF_ERROR(WriteAll(std::span(buffer_).first(bytes), offset));
  records_ += keys.size();
  is_synced_ = false;
  bytes_not_started_ += bytes;
  if (bytes_not_started_ >= kWritebackStep) {
    const uint64_t end = offset + bytes;
    ::sync_file_range(file_.get(), static_cast<off_t>(end - bytes_not_started_),
                      static_cast<off_t>(bytes_not_started_), SYNC_FILE_RANGE_WRITE);
    bytes_not_started_ = 0;
  }
  return {};
}

Status SegmentWriter::Sync() {
  if (is_synced_) return {};
  if (calls_->Sync(file_.get()) != 0) return base::IoError(path_, "sync", errno);
  if (!folder_to_sync_.empty()) LLMEMBED_RETURN_IF_ERROR(base::SyncFolder(folder_to_sync_));
  folder_to_sync_.clear();
  bytes_not_started_ = 0;
  is_synced_ = true;
  return {};
}

}  // namespace llmembed::store
