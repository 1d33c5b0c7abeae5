#include "store/index.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>

#include "store/descriptor.h"

namespace llmembed::store {
namespace {

constexpr uint64_t kFirstMapBytes = 64ULL << 20;  // doubled as needed; a huge map fails with ulimit
constexpr unsigned kMaxReaders = 510;
constexpr size_t kEntriesPerTransaction = 2048;  // bounds the pages a transaction keeps in memory
constexpr size_t kBucketsPerTransaction = 2048;
// Free pages below this are not worth a copy.
constexpr uint64_t kSparePages = 256;

MDB_val ValueOf(void* bytes, size_t count) { return {count, bytes}; }

std::span<const std::byte> BytesOf(const MDB_val& value) {
  return {static_cast<const std::byte*>(value.mv_data), value.mv_size};
}

// Copies a bucket out of the map; false when it cannot be one.
bool Unpack(const MDB_val& value, std::vector<std::byte>* packed) {
  const std::span<const std::byte> bytes = BytesOf(value);
  packed->assign(bytes.begin(), bytes.end());
  return bytes.size() % kPackedEntryBytes == 0;
}

}  // namespace

// Aborts in its destructor unless it was committed.
class Index::Transaction {
 public:
  Transaction() = default;
  ~Transaction() {
    if (handle != nullptr) mdb_txn_abort(handle);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  int Commit() { return mdb_txn_commit(std::exchange(handle, nullptr)); }

  MDB_txn* handle = nullptr;
};

Result<std::unique_ptr<Index>> Index::Open(const std::string& folder) {
  std::unique_ptr<Index> index(new Index);
  index->folder_ = folder;
  uint64_t map_bytes = kFirstMapBytes;
  struct stat info {};
  if (::stat((folder + "/data.mdb").c_str(), &info) == 0) {
    while (map_bytes < static_cast<uint64_t>(info.st_size)) map_bytes *= 2;
  }
  int code = mdb_env_create(&index->environment_);
  if (code == 0) code = mdb_env_set_mapsize(index->environment_, map_bytes);
  if (code == 0) code = mdb_env_set_maxreaders(index->environment_, kMaxReaders);
  // Not MDB_WRITEMAP: the map stays read-only. Not MDB_NOMEMINIT: no heap contents on the disk.
  constexpr unsigned kFlags = MDB_NOSYNC | MDB_NOTLS | MDB_NORDAHEAD;
  if (code == 0) code = mdb_env_open(index->environment_, folder.c_str(), kFlags, 0600);
  if (code != 0) return index->Error("open", code);
  mdb_reader_check(index->environment_, nullptr);
  code = index->WithRoom([&index] {
    Transaction transaction;
    int result = index->BeginTransaction(0, &transaction);
    if (result == 0) {
      result =
          mdb_dbi_open(transaction.handle, nullptr, MDB_CREATE | MDB_INTEGERKEY, &index->table_);
    }
    return result == 0 ? transaction.Commit() : result;
  });
  if (code != 0) return index->Error("open", code);
  index->LocateMap();
  return index;
}

Index::~Index() {
  if (environment_ != nullptr) mdb_env_close(environment_);
}

Status Index::Error(const std::string& what, int code) const {
  StatusCode kind = StatusCode::kIo;
  if (code == ENOMEM) kind = StatusCode::kOutOfMemory;
  if (code == MDB_CORRUPTED || code == MDB_PAGE_NOTFOUND || code == MDB_INVALID ||
      code == MDB_VERSION_MISMATCH || code == MDB_INCOMPATIBLE) {
    kind = StatusCode::kCorrupt;
  }
  return {kind, folder_ + ": cannot " + what + " the index: " + mdb_strerror(code)};
}

int Index::BeginTransaction(unsigned flags, Transaction* transaction) {
  if (is_unmapped_) return ENOMEM;
  int code = mdb_txn_begin(environment_, nullptr, flags, &transaction->handle);
  if (code == MDB_READERS_FULL) {
    // Places of processes that were killed.
    mdb_reader_check(environment_, nullptr);
    code = mdb_txn_begin(environment_, nullptr, flags, &transaction->handle);
  }
  if (code != 0) transaction->handle = nullptr;
  return code;
}

// Does `work` (a transaction), and again with a larger map for as long as it finds this one full.
template <typename Work>
int Index::WithRoom(const Work& work) {
  for (;;) {
    int code = 0;
    {
      const std::shared_lock lock(map_mutex_);
      code = work();
    }
    if (code == MDB_MAP_FULL) {
      code = Grow();
    } else if (code == MDB_MAP_RESIZED) {  // by another process
      code = SetMapSize(0);
    } else {
      return code;
    }
    if (code != 0) return code;
  }
}

int Index::Grow() {
  MDB_envinfo info{};
  {
    const std::shared_lock lock(map_mutex_);
    if (is_unmapped_) return ENOMEM;
    mdb_env_info(environment_, &info);
  }
  return SetMapSize(info.me_mapsize * 2);
}

int Index::SetMapSize(uint64_t bytes) {
  const std::unique_lock lock(map_mutex_);
  if (is_unmapped_) return ENOMEM;
  if (bytes != 0) {
    // LMDB unmaps first and is left without a map when the larger one does not fit: ask before.
    void* probe =
        ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (probe == MAP_FAILED) return ENOMEM;
    ::munmap(probe, bytes);
  }
  const int code = mdb_env_set_mapsize(environment_, bytes);
  is_unmapped_ = code != 0;
  LocateMap();
  return code;
}

Status Index::Put(std::span<IndexEntry> entries) {
  // In key order, neighbours share pages: far fewer pages are rewritten than in order of arrival.
  // Stable, so that of two entries of one key the later one stays.
  std::stable_sort(entries.begin(), entries.end(), [](const IndexEntry& a, const IndexEntry& b) {
    return a.short_key < b.short_key;
  });
  while (!entries.empty()) {
    const auto chunk = entries.first(std::min(entries.size(), kEntriesPerTransaction));
    const int code = WithRoom([this, chunk] { return PutChunk(chunk); });
    if (code != 0) return Error("write", code);
    entries = entries.subspan(chunk.size());
  }
  return {};
}

int Index::PutChunk(std::span<const IndexEntry> entries) {
  Transaction transaction;
  if (const int code = BeginTransaction(0, &transaction); code != 0) return code;
  const void* last_address = nullptr;
  std::vector<std::byte> packed;
  while (!entries.empty()) {
    uint32_t bucket = BucketOf(entries.front().short_key);
    MDB_val key = ValueOf(&bucket, sizeof(bucket));
    MDB_val value{};
    int code = mdb_get(transaction.handle, table_, &key, &value);
    if (code != 0 && code != MDB_NOTFOUND) return code;
    if (code == 0) map_.Touch(value.mv_data, &last_address);
    if (!Unpack(value, &packed)) return MDB_CORRUPTED;
    while (!entries.empty() && BucketOf(entries.front().short_key) == bucket) {
      AddToBucket(entries.front(), &packed);
      entries = entries.subspan(1);
    }
    value = ValueOf(packed.data(), packed.size());
    code = mdb_put(transaction.handle, table_, &key, &value, 0);
    if (code != 0) return code;
  }
  return transaction.Commit();
}

Status Index::Find(std::span<const Key> keys, std::vector<IndexHit>* hits) {
  const int code = WithRoom([&] { return FindAll(keys, hits); });
  return code == 0 ? Status() : Error("read", code);
}

int Index::FindAll(std::span<const Key> keys, std::vector<IndexHit>* hits) {
  // In key order: after a rebuild or a compaction that is the order of the file.
  std::vector<std::pair<uint64_t, uint32_t>> wanted;
  wanted.reserve(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    wanted.emplace_back(ShortKey(keys[i]), static_cast<uint32_t>(i));
  }
  std::ranges::sort(wanted);

  Transaction transaction;
  if (const int code = BeginTransaction(MDB_RDONLY, &transaction); code != 0) return code;
  const void* last_address = nullptr;
  for (const auto& [short_key, position] : wanted) {
    uint32_t bucket = BucketOf(short_key);
    MDB_val key = ValueOf(&bucket, sizeof(bucket));
    MDB_val value;
    const int code = mdb_get(transaction.handle, table_, &key, &value);
    if (code == MDB_NOTFOUND) continue;
    if (code != 0) return code;
    if (value.mv_size % kPackedEntryBytes != 0) return MDB_CORRUPTED;
    map_.Touch(value.mv_data, &last_address);
    const auto location = FindInBucket(BytesOf(value), short_key);
    if (location) hits->push_back({*location, position});
  }
  return 0;
}

Status Index::EraseSegments(const std::set<uint32_t>& segments) {
  uint32_t next_bucket = 0;
  bool done = segments.empty();
  while (!done) {
    const int code = WithRoom([&] { return EraseChunk(segments, &next_bucket, &done); });
    if (code != 0) return Error("write", code);
  }
  return {};
}

// Goes on from *next_bucket, in one transaction, until enough was erased.
int Index::EraseChunk(const std::set<uint32_t>& segments, uint32_t* next_bucket, bool* done) {
  Transaction transaction;
  if (const int code = BeginTransaction(0, &transaction); code != 0) return code;
  MDB_cursor* cursor = nullptr;
  if (const int code = mdb_cursor_open(transaction.handle, table_, &cursor); code != 0) return code;
  std::unique_ptr<MDB_cursor, decltype(&mdb_cursor_close)> closer(cursor, mdb_cursor_close);

  uint32_t bucket = *next_bucket;
  MDB_val key = ValueOf(&bucket, sizeof(bucket));
  MDB_val value;
  const void* last_address = nullptr;
  std::vector<std::byte> packed;
  size_t changed = 0;
  int code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
  while (code == 0 && changed < kBucketsPerTransaction) {
    if (key.mv_size != sizeof(bucket) || !Unpack(value, &packed)) return MDB_CORRUPTED;
    std::memcpy(&bucket, key.mv_data, sizeof(bucket));
    map_.Touch(value.mv_data, &last_address);
    if (EraseFromBucket(segments, &packed) > 0) {
      ++changed;
      key = ValueOf(&bucket, sizeof(bucket));
      value = ValueOf(packed.data(), packed.size());
      code = packed.empty() ? mdb_cursor_del(cursor, 0)
                            : mdb_cursor_put(cursor, &key, &value, MDB_CURRENT);
      if (code != 0) return code;
    }
    code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
  }
  if (code != 0 && code != MDB_NOTFOUND) return code;
  const bool at_end = code == MDB_NOTFOUND;
  closer.reset();  // the commit would free it too
  if (code = transaction.Commit(); code != 0) return code;
  *next_bucket = bucket;
  *done = at_end;
  return 0;
}

uint64_t Index::Generation() {
  const std::shared_lock lock(map_mutex_);
  MDB_envinfo info{};
  if (!is_unmapped_) mdb_env_info(environment_, &info);
  return info.me_last_txnid;
}

Status Index::Sync() {
  const std::shared_lock lock(map_mutex_);
  const int code = is_unmapped_ ? ENOMEM : mdb_env_sync(environment_, 1);
  return code == 0 ? Status() : Error("sync", code);
}

bool Index::IsSparse() {
  MDB_envinfo info{};
  MDB_stat state{};
  const std::shared_lock lock(map_mutex_);
  if (is_unmapped_ || mdb_env_info(environment_, &info) != 0 ||
      mdb_env_stat(environment_, &state) != 0) {
    return false;
  }
  const uint64_t used = state.ms_branch_pages + state.ms_leaf_pages;
  // Growing leaves a third of the pages free. Fewer than half are not worth a copy, which brings
  // every page in use into memory.
  return info.me_last_pgno + 1 > 2 * used + kSparePages;
}

Status Index::CopyCompacted(const std::string& path) {
  LLMEMBED_ASSIGN_OR_RETURN(const Descriptor file, OpenFile(path, O_WRONLY | O_CREAT | O_TRUNC));
  const std::shared_lock lock(map_mutex_);
  const int code =
      is_unmapped_ ? ENOMEM : mdb_env_copyfd2(environment_, file.get(), MDB_CP_COMPACT);
  return code == 0 ? Status() : Error("compact", code);
}

void Index::LocateMap() {
  int descriptor = -1;
  map_.Forget();
  if (!is_unmapped_ && mdb_env_get_fd(environment_, &descriptor) == 0) map_.Locate(descriptor);
}

}  // namespace llmembed::store
