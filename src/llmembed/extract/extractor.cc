#include "extract/extractor.h"

#include <algorithm>
#include <cmath>

#include "backbone/config_reader.h"
#include "base/cpu.h"
#include "extract/batch_plan.h"
#include "extract/chunk_mean.h"
#include "extract/pooling/pooling.h"

namespace llmembed::extract {
namespace {

// Chunks computed before they are added up: more than a batch's worth for every core, few enough
// that their vectors take little memory.
constexpr size_t kChunksARound = 256;

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
  LLMEMBED_ASSIGN_OR_RETURN(const uint32_t max_tokens,
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
  LLMEMBED_ASSIGN_OR_RETURN(extractor->length_rule_,
                            LengthRule::Create(max_tokens, options.on_long_text,
                                               extractor->tokenizer_->special_tokens()));
  extractor->config_ = found.config;
  extractor->scratch_.resize(pool->size());
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

Status Extractor::Tokenize(const TextWindow& window, std::span<TextLength> lengths) {
  texts_.assign(window.size(), {});  // anew: what a long text took is given back
  constexpr size_t kTextsATask = 16;
  const size_t tasks = (window.size() + kTextsATask - 1) / kTextsATask;
  const auto read = [&](size_t task, unsigned worker) -> Status {
    const size_t end = std::min(window.size(), (task + 1) * kTextsATask);
    for (size_t i = task * kTextsATask; i < end; ++i) {
      auto pieces = length_rule_->Read(*tokenizer_, window.texts[i], &scratch_[worker]);
      if (!pieces.ok()) return pieces.status().WithContext(window.Place(i));
      texts_[i] = *std::move(pieces);
      lengths[i] = texts_[i].length;
    }
    return {};
  };
  LLMEMBED_RETURN_IF_ERROR(pool_->ParallelFor(tasks, read));
  for (size_t i = 0; i < window.size(); ++i) {
    if (texts_[i].size() > 0) continue;
    return {StatusCode::kBadData,
            window.Place(i) + ": the text has " + std::to_string(lengths[i].tokens) +
                " tokens, expected at most " + std::to_string(length_rule_->max_tokens()) + " (" +
                options_.folder + ", on_long_text: error)"};
  }
  return {};
}

Status Extractor::Extract(std::span<const uint32_t> which, std::span<float* const> vectors,
                          const std::atomic<bool>* cancelled) {
  if (which.empty()) return {};
  if (backbone_ == nullptr) LLMEMBED_RETURN_IF_ERROR(LoadBackbone());
  struct Chunk {
    uint32_t text;
    uint32_t number;
  };
  std::vector<Piece> pieces;
  std::vector<Chunk> chunks;
  for (const uint32_t text : which) {
    const auto count = static_cast<uint32_t>(texts_[text].size());
    if (count == 1) pieces.push_back({texts_[text][0], vectors, text});
    for (uint32_t number = 0; count > 1 && number < count; ++number)
      chunks.push_back({text, number});
  }
  ChunkMean mean(layers_.size(), width(), std::min(chunks.size(), kChunksARound));
  size_t done = 0;
  do {  // the first round has all texts of one piece too
    const auto round =
        std::span(chunks).subspan(done, std::min(chunks.size() - done, kChunksARound));
    for (size_t slot = 0; slot < round.size(); ++slot) {
      pieces.push_back({texts_[round[slot].text][round[slot].number], mean.slots(), slot});
    }
    LLMEMBED_RETURN_IF_ERROR(RunPieces(pieces, cancelled));
    for (size_t slot = 0; slot < round.size(); ++slot) {
      const auto [text, number] = round[slot];
      mean.Add(slot, static_cast<uint32_t>(texts_[text][number].size()));
      if (number + 1 == texts_[text].size()) mean.Finish(text, vectors);
    }
    pieces.clear();
    done += round.size();
  } while (done < chunks.size());
  return {};
}

Status Extractor::RunPieces(std::span<const Piece> pieces, const std::atomic<bool>* cancelled) {
  std::vector<uint32_t> lengths;
  for (const Piece& piece : pieces) lengths.push_back(static_cast<uint32_t>(piece.ids.size()));
  const BatchPlan plan = PlanBatches(lengths);
  return pool_->ParallelFor(plan.starts.size() - 1, [&](size_t batch, unsigned worker) -> Status {
    if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) {
      return {StatusCode::kCancelled, "stopped"};
    }
    const uint32_t begin = plan.starts[batch];
    return RunBatch(pieces, std::span(plan.order).subspan(begin, plan.starts[batch + 1] - begin),
                    &workers_[worker]);
  });
}

Status Extractor::RunBatch(std::span<const Piece> pieces, std::span<const uint32_t> which,
                           Worker* worker) {
  backbone::TokenBatch& batch = worker->batch;
  batch.Clear();
  for (const uint32_t piece : which) batch.Add(pieces[piece].ids, config_);
  return worker->session.Run(
      batch, [&](const backbone::StatePoint& point, const compute::Matrix& state) -> Status {
        if (point.is_before_final_norm) return {};
        return PoolTaps(pieces, which, batch, point.layer, state);
      });
}

Status Extractor::PoolTaps(std::span<const Piece> pieces, std::span<const uint32_t> which,
                           const backbone::TokenBatch& batch, size_t layer,
                           const compute::Matrix& state) {
  for (size_t tap = 0; tap < layers_.size(); ++tap) {
    if (layers_[tap] != layer) continue;
    const PoolFunction pool = PoolFunctionOf(options_.taps[tap].pooling);
    for (size_t i = 0; i < which.size(); ++i) {
      const auto begin = static_cast<size_t>(batch.starts[i]);
      const auto end = static_cast<size_t>(batch.starts[i + 1]);
      const Piece& piece = pieces[which[i]];
      float* vector = piece.rows[tap] + piece.row * width();
      pool(state.f32() + begin * width(), end - begin, width(), vector);
      if (!IsFinite({vector, width()})) {
        return {StatusCode::kCorrupt, options_.folder + ": layer " + std::to_string(layer) +
                                          " gives numbers that are not finite"};
      }
    }
  }
  return {};
}

}  // namespace llmembed::extract
