#include "pipeline/bench/uniform_texts.h"

#include <algorithm>

#include "base/random.h"

namespace llmembed::pipeline {

Result<UniformTexts> UniformTexts::Create(const backbone::Backbone& backbone, const Sizes& sizes) {
  UniformTexts texts;
  const backbone::BackboneConfig& config = backbone.config();
  texts.width_ = config.width;
  texts.last_layer_ = sizes.layers;
  base::Random random(1);
  const auto vocabulary = static_cast<uint32_t>(config.vocabulary);
  std::vector<int32_t> ids(sizes.length);
  texts.batches_.resize(sizes.workers);
  for (backbone::TokenBatch& batch : texts.batches_) {
    while (batch.tokens() + sizes.length <= std::max(sizes.batch_tokens, sizes.length)) {
      for (int32_t& id : ids) id = static_cast<int32_t>(random.Below(vocabulary));
      batch.Add(ids, config);
    }
    LLMEMBED_ASSIGN_OR_RETURN(auto session, backbone.NewSession(batch.tokens()));
    texts.sessions_.push_back(std::move(session));
    texts.vectors_.emplace_back(compute::PaddedRows(batch.texts()) * config.width);
  }
  return texts;
}

Status UniformTexts::Run(base::ThreadPool* pool, size_t times, const std::atomic<bool>* cancelled) {
  return pool->ParallelFor(times * batches_.size(), [&](size_t, unsigned worker) -> Status {
    if (cancelled != nullptr && cancelled->load()) return {StatusCode::kCancelled, "stopped"};
    return sessions_[worker].Run(
        batches_[worker], [&](const backbone::StatePoint& point, const compute::Matrix& state) {
          const bool is_last = point == backbone::StatePoint{last_layer_};
          return is_last ? PoolMeans(state, worker) : Status();
        });
  });
}

Status UniformTexts::PoolMeans(const compute::Matrix& state, unsigned worker) {
  const backbone::TokenBatch& batch = batches_[worker];
  const compute::Matrix means{tensor::DType::kF32, batch.texts(), width_, vectors_[worker].data()};
  return sessions_[worker].stream()->Pool(
      compute::PoolRule::kMean, {.starts = batch.starts, .lengths = batch.lengths}, state, means);
}

}  // namespace llmembed::pipeline
