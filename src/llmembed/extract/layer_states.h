// Every hidden state of some texts, token by token, as one backend makes them: what backends are
// compared by.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backbone/backbone.h"
#include "base/thread_pool.h"
#include "compute/ops.h"
#include "llmembed/status.h"

namespace llmembed::extract {

// In the order of the layers; the last one before and behind a final norm, where there is one.
struct LayerStates {
  std::vector<backbone::StatePoint> points;
  std::vector<std::vector<float>> states;  // [points], each [T, width]: the texts end to end
  size_t width = 0;
};

using TokenIds = std::vector<std::vector<int32_t>>;  // [texts], none empty

// A whole backbone on one backend. Not thread-safe: it spreads texts over the pool itself.
class StateRunner {
 public:
  // `pool` must outlive the runner. Errors: as backbone::Backbone::Load.
  static Result<std::unique_ptr<StateRunner>> Load(const std::string& path,
                                                   std::unique_ptr<compute::Backend> backend,
                                                   base::ThreadPool* pool);

  // Each text as a batch of its own, or all of them as one. kCancelled when `cancelled` (which may
  // be null) turns true.
  Result<LayerStates> RunAlone(const TokenIds& texts, const std::atomic<bool>* cancelled);
  Result<LayerStates> RunTogether(const TokenIds& texts, const std::atomic<bool>* cancelled);

 private:
  StateRunner() = default;
  LayerStates MakeStates(const TokenIds& texts) const;
  size_t IndexOf(const backbone::StatePoint& point) const;
  Status Run(const backbone::TokenBatch& batch, size_t first_token, LayerStates* states,
             const std::atomic<bool>* cancelled) const;

  base::ThreadPool* pool_ = nullptr;
  std::unique_ptr<compute::Backend> backend_;
  std::unique_ptr<backbone::Backbone> backbone_;
};

}  // namespace llmembed::extract
