// Texts of one length and random tokens, to measure a backbone with.
#pragma once

#include <atomic>
#include <vector>

#include "backbone/backbone.h"
#include "base/thread_pool.h"
#include "llmembed/status.h"

namespace llmembed::pipeline {

// A batch for each worker, as the extractor runs them, pooled behind the deepest layer. Borrows the
// backbone. One run at a time.
class UniformTexts {
 public:
  struct Sizes {
    size_t length = 0;        // tokens of a text
    size_t batch_tokens = 0;  // of a batch, at most, but one text at least
    size_t layers = 0;        // that are loaded
    unsigned workers = 1;
  };
  static Result<UniformTexts> Create(const backbone::Backbone& backbone, const Sizes& sizes);

  size_t text_count() const { return batches_.size() * batches_.front().texts(); }
  size_t tokens() const { return batches_.size() * batches_.front().tokens(); }

  // All batches, so many times, on all threads of a pool of `workers`. kCancelled.
  Status Run(base::ThreadPool* pool, size_t times, const std::atomic<bool>* cancelled);

 private:
  Status PoolMeans(const compute::Matrix& state, unsigned worker);

  size_t width_ = 0;
  size_t last_layer_ = 0;
  std::vector<backbone::TokenBatch> batches_;          // [workers]
  std::vector<backbone::Backbone::Session> sessions_;  // [workers]
  std::vector<std::vector<float>> vectors_;            // [workers][texts, width]
};

}  // namespace llmembed::pipeline
