// The index: from a key to the segment and record that hold its vector. LMDB underneath.
#pragma once

#include <lmdb.h>

#include <cstdint>
#include <memory>
#include <set>
#include <shared_mutex>
#include <span>
#include <string>
#include <vector>

#include "llmembed/status.h"
#include "store/index_bucket.h"
#include "store/key.h"
#include "store/resident_map.h"

namespace llmembed::store {

struct IndexHit {
  Location location;
  uint32_t position = 0;  // which of the keys asked for
};

// Thread-safe; at most one Index a folder and process (LMDB's rule; index_registry.h sees to it),
// any number of processes. Believes its file: IndexSession decides whether it may be believed.
// Memory stays small however many keys there are: pages of the map are let go as work goes on.
// Errors: kIo (disk full...), kOutOfMemory (no room for the map), kCorrupt.
class Index {
 public:
  static Result<std::unique_ptr<Index>> Open(const std::string& folder);
  ~Index();
  Index(const Index&) = delete;
  Index& operator=(const Index&) = delete;

  // Adds the entries, in place of older ones of the same key. Sorts `entries`. Visible to all
  // processes on return, but not synced: after a power cut the index is made anew anyway.
  Status Put(std::span<IndexEntry> entries);

  // Appends a hit for each key that is known. keys.size() < 2^32.
  Status Find(std::span<const Key> keys, std::vector<IndexHit>* hits);

  // Removes every entry that points into one of the segments.
  Status EraseSegments(const std::set<uint32_t>& segments);

  // Changes whenever anybody has changed the index.
  uint64_t Generation();

  // Writes everything to the disk.
  Status Sync();

  // Most of the file is free pages, as after a prune: CopyCompacted is worth while.
  bool IsSparse();
  // Writes the index without its free pages to a new file. No one may be writing meanwhile.
  Status CopyCompacted(const std::string& path);

 private:
  class Transaction;

  Index() = default;
  int BeginTransaction(unsigned flags, Transaction* transaction);
  int PutChunk(std::span<const IndexEntry> entries);
  int FindAll(std::span<const Key> keys, std::vector<IndexHit>* hits);
  int EraseChunk(const std::set<uint32_t>& segments, uint32_t* next_bucket, bool* done);
  int SetMapSize(uint64_t bytes);
  int Grow();
  template <typename Work>
  int WithRoom(const Work& work);
  void LocateMap();
  Status Error(const std::string& what, int code) const;

  std::string folder_;
  MDB_env* environment_ = nullptr;
  MDB_dbi table_ = 0;
  // Shared by transactions, exclusive for changing the map, which no transaction may overlap.
  std::shared_mutex map_mutex_;
  ResidentMap map_;
  bool is_unmapped_ = false;  // a larger map was refused after all: nothing works any more
};

}  // namespace llmembed::store
