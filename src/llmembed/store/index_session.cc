#include "store/index_session.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>
#include <vector>

#include "base/file_io.h"
#include "store/clean_mark.h"
#include "store/segment_format.h"
#include "store/segment_reader.h"

namespace llmembed::store {
namespace {

// 8 MiB of entries, sorted at a time, go into the index almost page by page.
constexpr size_t kEntriesAtATime = 1 << 19;

Status RemoveFile(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return base::IoError(path, "remove", errno);
}

// Makes the index of all intact rows. Precondition: an empty index, and no other user.
Status FillFromSegments(const Layout& layout, Index* index) {
  LLMEMBED_ASSIGN_OR_RETURN(const std::vector<SegmentInfo> segments, ListSegments(layout));
  std::vector<IndexEntry> entries;
  const auto put = [&entries, index] {
    const Status status = index->Put(entries);
    entries.clear();
    return status;
  };
  for (const SegmentInfo& segment : segments) {
    const std::string path = layout.SegmentFile(segment.number);
    if (segment.bytes < kSegmentHeaderBytes) {
      // Its writer was killed before the header was whole; nothing was ever in it.
      LLMEMBED_RETURN_IF_ERROR(RemoveFile(path));
      continue;
    }
    const auto scan = ScanSegment(path, [&](uint32_t record, const Key& key) -> Status {
      entries.push_back({ShortKey(key), {segment.number, record}});
      return entries.size() == kEntriesAtATime ? put() : Status();
    });
    const StatusCode code = scan.status().code();
    if (code == StatusCode::kCorrupt || code == StatusCode::kNotFound) continue;
    LLMEMBED_RETURN_IF_ERROR(scan.status());
  }
  return put();
}

}  // namespace

Result<std::unique_ptr<IndexSession>> IndexSession::Open(const Layout& layout) {
  std::unique_ptr<IndexSession> session(new IndexSession(layout));
  LLMEMBED_ASSIGN_OR_RETURN(const Descriptor open_lock,
                            OpenFile(layout.OpenLock(), O_RDWR | O_CREAT));
  LLMEMBED_ASSIGN_OR_RETURN(session->users_lock_, OpenFile(layout.UsersLock(), O_RDWR | O_CREAT));
  const int users = session->users_lock_.get();
  LLMEMBED_RETURN_IF_ERROR(
      LockFile(open_lock.get(), LockKind::kExclusive, LockWait::kBlock).status());
  LLMEMBED_ASSIGN_OR_RETURN(const bool is_first,
                            LockFile(users, LockKind::kExclusive, LockWait::kTry));
  Status status;
  if (is_first) {
    status = session->ComeFirst();
  } else {
    // Whoever is there has checked the index. (Exclusive locks are held only with open.lock.)
    Result<std::unique_ptr<Index>> index = Index::Open(layout.IndexFolder());
    status = index.status();
    if (index.ok()) session->index_ = *std::move(index);
  }
  // Exclusive becomes shared in two steps; open.lock keeps others out between them.
  if (status.ok()) status = LockFile(users, LockKind::kShared, LockWait::kBlock).status();
  if (!status.ok()) {
    session->index_.reset();
    UnlockFile(users);
  }
  UnlockFile(open_lock.get());
  if (!status.ok()) return status;
  return session;
}

Status IndexSession::ComeFirst() {
  former_mark_ = VerifiedCleanMark(layout_);
  LLMEMBED_RETURN_IF_ERROR(RemoveCleanMark(layout_));
  // The table of readers is as delicate as the index, and worth nothing when there are none.
  LLMEMBED_RETURN_IF_ERROR(RemoveFile(layout_.IndexReaders()));
  if (former_mark_.empty()) LLMEMBED_RETURN_IF_ERROR(RemoveFile(layout_.IndexData()));
  LLMEMBED_ASSIGN_OR_RETURN(index_, Index::Open(layout_.IndexFolder()));
  if (former_mark_.empty()) LLMEMBED_RETURN_IF_ERROR(FillFromSegments(layout_, index_.get()));
  former_generation_ = index_->Generation();
  return {};
}

IndexSession::~IndexSession() {
  [[maybe_unused]] const Status status = Close();  // costs at most the next user's time
}

Status IndexSession::Close() {
  if (index_ == nullptr) return {};
  Status status;
  Result<Descriptor> open_lock = OpenFile(layout_.OpenLock(), O_RDWR | O_CREAT);
  if (open_lock.ok()) {
    status = LockFile(open_lock->get(), LockKind::kExclusive, LockWait::kBlock).status();
  } else {
    status = open_lock.status();  // the folder is gone; without the lock no mark may be written
  }
  if (status.ok()) {
    const Result<bool> is_last = LockFile(users_lock_.get(), LockKind::kExclusive, LockWait::kTry);
    status = is_last.ok() && *is_last ? LeaveLast() : is_last.status();
  }
  index_.reset();
  // By hand: a child forked meanwhile may still share this open file.
  UnlockFile(users_lock_.get());
  if (open_lock.ok()) UnlockFile(open_lock->get());
  return status;
}

Status IndexSession::LeaveLast() {
  if (is_incomplete_) return {};
  if (!former_mark_.empty() && index_->Generation() == former_generation_) {
    index_.reset();
    return WriteCleanMark(layout_, former_mark_);
  }
  LLMEMBED_RETURN_IF_ERROR(index_->Sync());
  const bool is_compacted =
      index_->IsSparse() && index_->CopyCompacted(layout_.CompactedIndex()).ok();
  index_.reset();
  if (is_compacted &&
      ::rename(layout_.CompactedIndex().c_str(), layout_.IndexData().c_str()) != 0) {
    return base::IoError(layout_.IndexData(), "put in place", errno);
  }
  LLMEMBED_ASSIGN_OR_RETURN(const std::string mark, ComputeCleanMark(layout_));
  return WriteCleanMark(layout_, mark);
}

}  // namespace llmembed::store
