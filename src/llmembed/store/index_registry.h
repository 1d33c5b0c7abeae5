// Lets all stores of one process that are opened on the same folder share one index.
#pragma once

#include "llmembed/status.h"
#include "store/index_session.h"
#include "store/layout.h"

namespace llmembed::store {

// A share in the process's session. LMDB forbids opening a file twice in one process (its locks
// belong to the process), so sessions are kept in one table, by folder. Movable; the holder of the
// last share closes the session. A share that came into a forked child does nothing there.
class IndexLease {
 public:
  // Opens the session, or joins the one there is. Thread-safe.
  static Result<IndexLease> Take(const Layout& layout);
  IndexLease(IndexLease&& other) noexcept;
  IndexLease& operator=(IndexLease&& other) noexcept;
  ~IndexLease();

  IndexSession& session() const;
  Index& index() const { return session().index(); }

  // Gives the share back; returns what closing the session said, if this was the last.
  Status Release();

 private:
  struct Shared;
  explicit IndexLease(Shared* shared) : shared_(shared) {}

  Shared* shared_ = nullptr;
};

}  // namespace llmembed::store
