// The one pool of threads; nothing else in the project starts workers.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "llmembed/status.h"

namespace llmembed::base {

class ThreadPool {
 public:
  // `threads` >= 1, the calling thread included: 1 starts none. 0: UsableThreads() (cpu.h).
  explicit ThreadPool(unsigned threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  unsigned size() const { return size_; }

  // Calls body(index, worker) once for each index in [0, count), from up to size() threads, the
  // caller's among them; `worker` in [0, size()) is never used by two calls at a time. Indices are
  // handed out in order. The first error stops the handing out and is returned.
  // One ParallelFor at a time; not to be nested.
  Status ParallelFor(size_t count,
                     const std::function<Status(size_t index, unsigned worker)>& body);

 private:
  struct State;
  void WorkerLoop(unsigned worker);
  void RunTasks(unsigned worker);

  unsigned size_;
  std::unique_ptr<State> state_;
};

}  // namespace llmembed::base
