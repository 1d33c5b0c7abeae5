#include "base/thread_pool.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/cpu.h"

namespace llmembed::base {

struct ThreadPool::State {
  std::mutex mutex;
  std::condition_variable wake;
  std::condition_variable idle;
  // Guarded by mutex:
  uint64_t round = 0;
  unsigned running = 0;
  bool stopping = false;
  Status first_error;
  // Written before a round starts, read during it:
  const std::function<Status(size_t, unsigned)>* body = nullptr;
  size_t count = 0;
  std::atomic<size_t> next{0};
  std::atomic<bool> failed{false};

  std::vector<std::thread> workers;
};

ThreadPool::ThreadPool(unsigned threads)
    : size_(threads == 0 ? UsableThreads() : threads), state_(std::make_unique<State>()) {
  for (unsigned worker = 1; worker < size_; ++worker) {
    state_->workers.emplace_back([this, worker] { WorkerLoop(worker); });
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->wake.notify_all();
  for (std::thread& worker : state_->workers) worker.join();
}

void ThreadPool::WorkerLoop(unsigned worker) {
  uint64_t seen_round = 0;
  while (true) {
    {
      std::unique_lock lock(state_->mutex);
      state_->wake.wait(lock, [&] { return state_->stopping || state_->round != seen_round; });
      if (state_->stopping) return;
      seen_round = state_->round;
    }
    RunTasks(worker);
    {
      const std::lock_guard lock(state_->mutex);
      if (--state_->running == 0) state_->idle.notify_one();
    }
  }
}

void ThreadPool::RunTasks(unsigned worker) {
  State& state = *state_;
  while (!state.failed.load(std::memory_order_relaxed)) {
    const size_t index = state.next.fetch_add(1);
    if (index >= state.count) return;
    Status status = (*state.body)(index, worker);
    if (!status.ok()) {
      const std::lock_guard lock(state.mutex);
      if (state.first_error.ok()) state.first_error = std::move(status);
      state.failed = true;
    }
  }
}

Status ThreadPool::ParallelFor(size_t count, const std::function<Status(size_t, unsigned)>& body) {
  State& state = *state_;
  {
    const std::lock_guard lock(state.mutex);
    state.body = &body;
    state.count = count;
    state.next = 0;
    state.failed = false;
    state.first_error = Status();
    state.running = size_ - 1;
    ++state.round;
  }
  if (size_ > 1) state.wake.notify_all();
  RunTasks(0);
  std::unique_lock lock(state.mutex);
  state.idle.wait(lock, [&] { return state.running == 0; });
  return state.first_error;
}

}  // namespace llmembed::base
