// How likely a language model finds each label behind a prompt.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backbone/backbone.h"
#include "base/thread_pool.h"
#include "llmembed/embed.h"
#include "llmembed/status.h"

namespace llmembed::prompt {

struct ScoredTokens {
  uint64_t read = 0;    // that the model went through
  uint64_t reused = 0;  // of prompts: that it had read before
};

// A label's score is the mean log-probability of its tokens, each behind the prompt and the tokens
// before it: of many lengths, none is favoured. A prompt is decided by its own tokens: as with
// embeddings, neither its neighbours nor what is cached change its scores (docs/numerics.md).
// Not thread-safe: it spreads its work over the pool itself.
class LabelScorer {
 public:
  // `folder`: a Hugging Face model folder or a GGUF file; both pointers must outlive the scorer.
  // Errors: as Backbone::Load.
  static Result<std::unique_ptr<LabelScorer>> Open(const std::string& folder,
                                                   const compute::Backend& backend,
                                                   base::ThreadPool* pool);

  const backbone::BackboneConfig& config() const { return backbone_->config(); }

  // Reads tokens that prompts begin with; those of later prompts that do, for as many tokens as
  // they do, are not read again. Empty: none.
  Status CachePrefix(std::vector<int32_t> ids);

  // scores: [prompts, labels]. Each prompt and label has a token. kCancelled when `cancelled` turns
  // true; kMismatch: tokens beyond the model's tables; kCorrupt: a score that is not finite.
  Status Score(std::span<const std::vector<int32_t>> prompts,
               std::span<const std::vector<int32_t>> labels, std::span<float> scores,
               const std::atomic<bool>* cancelled);

  const ScoredTokens& tokens() const { return tokens_; }

 private:
  struct Worker {
    backbone::Backbone::Session session;
    backbone::TokenBatch batch;
    std::vector<float> states;  // [n, D], of the tokens behind which something is asked
    std::vector<backbone::NextToken> asked;
    std::vector<float> answers;  // [asked]
  };
  // Prompts of one run of the layers.
  struct Job {
    std::span<const std::vector<int32_t>> prompts;
    std::span<const std::vector<int32_t>> labels;
    std::span<const uint32_t> which;  // of the prompts
    size_t cached;                    // tokens that each of them has in the cache
    std::span<float> scores;          // [prompts, labels]
  };

  LabelScorer() = default;
  size_t CachedTokens(const std::vector<int32_t>& prompt) const;
  Status Run(const Job& job, Worker* worker) const;
  void AskAbout(const Job& job, const compute::Matrix& state, Worker* worker) const;

  base::ThreadPool* pool_ = nullptr;
  std::unique_ptr<backbone::Backbone> backbone_;
  std::vector<Worker> workers_;
  std::vector<int32_t> prefix_ids_;
  std::optional<backbone::CachedPrefix> prefix_;
  ScoredTokens tokens_;
};

}  // namespace llmembed::prompt
