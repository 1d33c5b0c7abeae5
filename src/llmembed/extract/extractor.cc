#include "extract/extractor.h"

#include <algorithm>
#include <cmath>

#include "backbone/config_reader.h"
#include "base/cpu.h"
#include "extract/batch_plan.h"

namespace llmembed::extract {
namespace {

// -1 -> L, and so on, as in hidden_states.
Result<std::vector<size_t>> ResolveLayers(const std::vector<fusion::Tap>& taps, size_t layers) {
  std::vector<size_t> resolved;
  const auto count = static_cast<int64_t>(layers) + 1;
  for (const fusion::Tap& tap : taps) {
    const int64_t layer = tap.layer < 0 ? count + tap.layer : tap.layer;
    if (layer < 0 || layer >= count) {
      return Status(StatusCode::kUsage, "tap " + ToString(tap) + ": the model's layers are 0 to " +
                                            std::to_string(layers) + " (0: embeddings), or -" +
                                            std::to_string(count) + " to -1");
    }
    resolved.push_back(static_cast<size_t>(layer));
  }
  return resolved;
}

Result<uint32_t> ResolveMaxTokens(uint32_t asked, size_t positions) {
  if (asked > positions) {
    return Status(StatusCode::kUsage, "max_tokens " + std::to_string(asked) +
                                          " is beyond the model's " + std::to_string(positions) +
                                          " positions");
  }
  return asked == 0 ? static_cast<uint32_t>(positions) : asked;
}

bool IsFinite(std::span<const float> values) {
  // Adding up x * 0 gives 0, or NaN as soon as one of them is infinite or NaN.
  float sum = 0.0F;
  for (const float value : values) sum += value * 0.0F;
  return sum == 0.0F;
}

}  // namespace

ComputeType ResolveComputeType(ComputeType type) {
  if (type != ComputeType::kAuto) return type;
  return base::Cpu().avx512_bf16 ? ComputeType::kBf16 : ComputeType::kF32;
}

Result<std::unique_ptr<Extractor>> Extractor::Open(const ExtractorOptions& options,
                                                   base::ThreadPool* pool) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto found, backbone::ReadConfig(options.folder));
  std::unique_ptr<Extractor> extractor(new Extractor());
  extractor->options_ = options;
  extractor->pool_ = pool;
  LLMEMBED_ASSIGN_OR_RETURN(extractor->layers_, ResolveLayers(options.taps, found.config.layers));
  LLMEMBED_ASSIGN_OR_RETURN(extractor->options_.max_tokens,
                            ResolveMaxTokens(options.max_tokens, found.config.max_tokens()));
  extractor->options_.compute_type = ResolveComputeType(options.compute_type);
  const bool bf16 = extractor->options_.compute_type == ComputeType::kBf16;
  LLMEMBED_ASSIGN_OR_RETURN(
      extractor->backend_,
      compute::MakeCpuBackend(bf16 ? compute::MathType::kBF16 : compute::MathType::kF32));
  LLMEMBED_ASSIGN_OR_RETURN(extractor->tokenizer_, text::LoadTokenizer(options.folder));
  if (extractor->tokenizer_->vocabulary_size() > found.config.vocabulary) {
    return Status(StatusCode::kMismatch,
                  options.folder + ": the tokenizer has " +
                      std::to_string(extractor->tokenizer_->vocabulary_size()) +
                      " tokens, the backbone's table " + std::to_string(found.config.vocabulary) +
                      ": they belong to different models");
  }
  extractor->config_ = found.config;
  return extractor;
}

Status Extractor::LoadBackbone() {
  const size_t deepest = *std::max_element(layers_.begin(), layers_.end());
  const backbone::LoadOptions load{.deepest_layer = deepest, .pool = pool_};
  LLMEMBED_ASSIGN_OR_RETURN(backbone_, backbone::Backbone::Load(options_.folder, load, *backend_));
  for (unsigned i = 0; i < pool_->size(); ++i) {
    LLMEMBED_ASSIGN_OR_RETURN(auto session, backbone_->NewSession(kBatchTokens));
    workers_.push_back({std::move(session), {}});
  }
  return {};
}

Status Extractor::Tokenize(std::span<const std::string_view> texts, std::span<TextLength> lengths) {
  encodings_.resize(std::max(encodings_.size(), texts.size()));
  constexpr size_t kTextsATask = 16;
  const size_t tasks = (texts.size() + kTextsATask - 1) / kTextsATask;
  return pool_->ParallelFor(tasks, [&](size_t task, unsigned) -> Status {
    const size_t end = std::min(texts.size(), (task + 1) * kTextsATask);
    for (size_t i = task * kTextsATask; i < end; ++i) {
      text::Encoding& encoding = encodings_[i];
      LLMEMBED_RETURN_IF_ERROR(tokenizer_->Encode(texts[i], options_.max_tokens, &encoding));
      if (encoding.ids.empty()) {
        return {StatusCode::kBadData, "a text without any token, not even a special one"};
      }
      lengths[i] = {encoding.total_tokens, static_cast<uint32_t>(encoding.ids.size())};
    }
    return {};
  });
}

Status Extractor::Extract(std::span<const uint32_t> which, std::span<float* const> vectors,
                          const std::atomic<bool>* cancelled) {
  if (which.empty()) return {};
  if (backbone_ == nullptr) LLMEMBED_RETURN_IF_ERROR(LoadBackbone());
  std::vector<uint32_t> lengths;
  lengths.reserve(which.size());
  for (const uint32_t text : which) {
    lengths.push_back(static_cast<uint32_t>(encodings_[text].ids.size()));
  }
  BatchPlan plan = PlanBatches(lengths);
  for (uint32_t& index : plan.order) index = which[index];
  return pool_->ParallelFor(plan.starts.size() - 1, [&](size_t batch, unsigned worker) -> Status {
    if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) {
      return {StatusCode::kCancelled, "stopped"};
    }
    const uint32_t begin = plan.starts[batch];
    return RunBatch(std::span(plan.order).subspan(begin, plan.starts[batch + 1] - begin), vectors,
                    worker);
  });
}

Status Extractor::RunBatch(std::span<const uint32_t> texts, std::span<float* const> vectors,
                           unsigned worker) {
  backbone::TokenBatch& batch = workers_[worker].batch;
  batch.Clear();
  for (const uint32_t text : texts) batch.Add(encodings_[text].ids, config_);

  const size_t width = config_.width;
  const auto pool_taps = [&](const backbone::StatePoint& point,
                             const compute::Matrix& state) -> Status {
    if (point.is_before_final_norm) return {};
    const size_t layer = point.layer;
    for (size_t tap = 0; tap < layers_.size(); ++tap) {
      if (layers_[tap] != layer) continue;
      const PoolFunction pool = PoolFunctionOf(options_.taps[tap].pooling);
      for (size_t i = 0; i < texts.size(); ++i) {
        const auto begin = static_cast<size_t>(batch.starts[i]);
        const auto end = static_cast<size_t>(batch.starts[i + 1]);
        float* vector = vectors[tap] + texts[i] * width;
        pool(state.f32() + begin * width, end - begin, width, vector);
        if (!IsFinite({vector, width})) {
          return {StatusCode::kCorrupt, options_.folder + ": layer " + std::to_string(layer) +
                                            " gives numbers that are not finite"};
        }
      }
    }
    return {};
  };
  return workers_[worker].session.Run(batch, pool_taps);
}

}  // namespace llmembed::extract
