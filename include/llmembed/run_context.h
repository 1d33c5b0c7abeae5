// What every job takes besides its own options: who listens, when to stop, what it may use.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "llmembed/export.h"

namespace llmembed {

enum class LogLevel { kInfo, kWarning };

// A stage's state. `total` is 0 while it is not known.
struct Progress {
  std::string_view stage;  // e.g. "embedding"
  std::string_view unit;   // e.g. "texts"
  uint64_t done = 0;
  uint64_t total = 0;
  bool finished = false;  // the stage's last report
};

// Receives what a job has to say. Called from the job's own thread, never concurrently.
class LLMEMBED_EXPORT Observer {
 public:
  virtual ~Observer() = default;
  virtual void OnLog(LogLevel level, std::string_view message) = 0;
  virtual void OnProgress(const Progress& progress) = 0;
};

// Shared by value; the pointers are borrowed and must outlive the job. A null pointer is allowed.
struct RunContext {
  Observer* observer = nullptr;
  const std::atomic<bool>* cancelled = nullptr;  // set to true: the job stops with kCancelled
  unsigned threads = 0;                          // 0: what the machine and its container allow
  std::string home;      // folder of caches; "": LLMEMBED_HOME, XDG, ~/.cache
  std::string store;     // "": inside home; "none": no store; else a folder
  std::string packed;    // "": inside home; "none": packed weights are not kept; else a folder
  bool offline = false;  // true: no socket is opened
  // "cpu"; "cuda" (the first GPU), "cuda:N"; "cuda:N,M" and so on or "cuda:all": these GPUs share
  // the texts, a head is trained on the first; "" or "auto": the first GPU, if any, else the CPU.
  std::string device;

  // How weights run that a GGUF file has in blocks of a few bits: "unpacked"; "blocks", as they lie
  // in the file, which is slower and takes no memory beside the file's; "" or "auto": unpacked
  // where there is the memory.
  std::string gguf_weights;

  bool IsCancelled() const { return cancelled != nullptr && cancelled->load(); }
  void Info(std::string_view message) const {
    if (observer != nullptr) observer->OnLog(LogLevel::kInfo, message);
  }
  void Warn(std::string_view message) const {
    if (observer != nullptr) observer->OnLog(LogLevel::kWarning, message);
  }
  void Report(const Progress& progress) const {
    if (observer != nullptr) observer->OnProgress(progress);
  }
};

}  // namespace llmembed
