// One process's use of the index, from the first look at its file to the mark left behind.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "llmembed/status.h"
#include "store/descriptor.h"
#include "store/index.h"
#include "store/layout.h"

namespace llmembed::store {

// LMDB ends the process when its file was cut or damaged. So the index is never believed as found:
// - every process that has it open holds a shared lock on users.lock;
// - who comes when nobody is there checks it against clean.json, and makes it anew from the
//   segments when the mark is missing (somebody was killed) or does not fit (damage);
// - who leaves last writes the mark;
// - open.lock lets one process at a time come or leave.
// Thread-safe after Open. Not to be used in a forked child.
class IndexSession {
 public:
  // kIo (also: a folder that cannot be written to), kOutOfMemory, kCorrupt.
  static Result<std::unique_ptr<IndexSession>> Open(const Layout& layout);
  ~IndexSession();  // Close, when that was not called
  IndexSession(const IndexSession&) = delete;
  IndexSession& operator=(const IndexSession&) = delete;

  Index& index() { return *index_; }

  // There are rows in the segments the index could not take in: no mark will be left, and so the
  // next user finds them.
  void MarkIncomplete() { is_incomplete_ = true; }

  Status Close();

 private:
  explicit IndexSession(Layout layout) : layout_(std::move(layout)) {}
  Status ComeFirst();
  Status LeaveLast();

  Layout layout_;
  Descriptor users_lock_;
  std::unique_ptr<Index> index_;
  std::atomic<bool> is_incomplete_ = false;
  // What the mark said that this session removed, and of which state of the index.
  std::string former_mark_;
  uint64_t former_generation_ = 0;
};

}  // namespace llmembed::store
