// The embedding store: vectors on disk, found again by how and of what text they were made.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "llmembed/status.h"
#include "store/descriptor.h"
#include "store/index_registry.h"
#include "store/key.h"
#include "store/layout.h"
#include "store/row_appender.h"
#include "store/row_reader.h"

namespace llmembed::store {

struct StoreOptions {
  // The store's segments and index together; longest unused segments make room for new ones, but
  // not those that this run has used.
  uint64_t cap_bytes = 20ULL << 30;
  // A segment grows to this, or to an eighth of the cap if that is less.
  uint64_t segment_bytes = 256ULL << 20;
  // The system calls to write with; borrowed. nullptr: FileCalls::System().
  FileCalls* file_calls = nullptr;
};

// One thread at a time an object; any number of objects and processes on one folder. The vectors
// are a cache: what is damaged, removed or not there yet is not found, and never wrong.
// Not to be used in a forked child (Close and the destructor do nothing there).
// Errors of all calls: kIo (disk full, read-only...), kOutOfMemory, kCorrupt (the index). After
// any of them the store is whole and the caller may go on without it or try again.
class EmbeddingStore {
 public:
  // Makes the folder when there is none. Waits while another process opens or closes the store.
  // Also kMismatch: a store of another version.
  static Result<std::unique_ptr<EmbeddingStore>> Open(const std::string& folder,
                                                      const StoreOptions& options = {});
  ~EmbeddingStore();
  EmbeddingStore(const EmbeddingStore&) = delete;
  EmbeddingStore& operator=(const EmbeddingStore&) = delete;

  // The space of vectors made as `description` says: canonical JSON of everything that decides a
  // vector, of at most kMaxDescriptionBytes. It is written down beside the vectors.
  // 0 < dimension <= kMaxDimension.
  Result<Space> OpenSpace(std::string_view description, uint32_t dimension);

  // Looks for keys[i]; found[i] becomes 1 and row i the vector, or found[i] 0 and row i is left as
  // it was. rows: [keys, space.dimension], found: [keys].
  Status Read(const Space& space, std::span<const Key> keys, std::span<float> rows,
              std::span<uint8_t> found);

  // Adds vectors; rows: [keys, space.dimension]. They survive the end of this process, are found by
  // Read after the next Flush (or Close), and survive a power cut after it. Flushes by itself every
  // 65,536 rows or 64 MiB. When the cap leaves no room, does nothing: see is_full.
  Status Append(const Space& space, std::span<const Key> keys, std::span<const float> rows);

  Status Flush();

  // Flushes and gives the folder back. No other call may follow.
  Status Close();

  // Rows that were damaged or cut off, and so not found, since the store was opened.
  uint64_t damaged_rows() const { return reader_.damaged_rows(); }

  // The cap was reached and nothing more could be removed: some vectors were not stored.
  bool is_full() const { return appender_.is_full(); }

 private:
  EmbeddingStore(const Layout& layout, const StoreOptions& options, IndexLease lease);

  Layout layout_;
  IndexLease lease_;
  RowReader reader_;
  RowAppender appender_;
  std::vector<IndexHit> hits_;
  pid_t process_;
  bool is_open_ = true;
};

}  // namespace llmembed::store
