#include "extract/extractor.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "backbone/config_reader.h"
#include "backbone/memory_check.h"
#include "base/cpu.h"
#include "extract/batch_plan.h"
#include "extract/chunk_mean.h"

namespace llmembed::extract {
namespace {

// Chunks computed before they are added up: more than a batch's worth for every core, few enough
// that their vectors take little memory.
constexpr size_t kChunksARound = 256;

Result<uint32_t> ResolveMaxTokens(uint32_t asked, size_t positions) {
  if (asked > positions) {
    return Status(StatusCode::kUsage, "max_tokens " + std::to_string(asked) +
                                          " is beyond the model's " + std::to_string(positions) +
                                          " positions");
  }
  return asked == 0 ? static_cast<uint32_t>(positions) : asked;
}

// What mean_all needs: to how many tokens, and with which. Llama 2 has no token for padding: the
// paper's code names one that is not in the vocabulary, which `transformers` reads as the unknown
// token.
Result<int32_t> PaddingId(uint32_t asked, const backbone::BackboneConfig& config,
                          const text::Tokenizer& tokenizer) {
  if (asked == 0) {
    return Status(StatusCode::kUsage,
                  "mean_all averages over a text that is padded to max_tokens, which therefore has "
                  "to be given (--max-tokens N, or the key max_tokens of a recipe's backbone)");
  }
  if (config.pad_id) return *config.pad_id;
  if (const auto unknown = tokenizer.unknown_id()) return *unknown;
  return Status(StatusCode::kUsage,
                "mean_all averages over padding, and the model has neither a token for it "
                "(pad_token_id of config.json) nor one for what it does not know");
}

compute::PoolRule PoolRuleOf(fusion::Pooling pooling) {
  switch (pooling) {
    case fusion::Pooling::kMean:
      return compute::PoolRule::kMean;
    case fusion::Pooling::kMeanAll:
      return compute::PoolRule::kMeanAll;
    case fusion::Pooling::kMax:
      return compute::PoolRule::kMax;
    case fusion::Pooling::kLast:
      return compute::PoolRule::kLast;
    case fusion::Pooling::kCls:
    case fusion::Pooling::kPooler:  // what goes into the backbone's pooler
      break;
  }
  return compute::PoolRule::kFirst;
}

bool IsFinite(std::span<const float> values) {
  // Adding up x * 0 gives 0, or NaN as soon as one of them is infinite or NaN.
  float sum = 0.0F;
  for (const float value : values) sum += value * 0.0F;
  return sum == 0.0F;
}

}  // namespace

ComputeType ResolveComputeType(ComputeType type, const compute::Device& device) {
  if (type != ComputeType::kAuto) return type;
  if (device.is_cuda) return ComputeType::kBf16;
  return base::Cpu().avx512_bf16 ? ComputeType::kBf16 : ComputeType::kF32;
}

compute::MathType ResolveMathType(ComputeType type, const compute::Device& device) {
  switch (ResolveComputeType(type, device)) {
    case ComputeType::kBf16:
      return compute::MathType::kBF16;
    case ComputeType::kInt8:
      return compute::MathType::kInt8;
    case ComputeType::kFp8:
      return compute::MathType::kFp8;
    default:
      return compute::MathType::kF32;
  }
}

Result<std::unique_ptr<Extractor>> Extractor::Open(const ExtractorOptions& options,
                                                   base::ThreadPool* pool) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto found, backbone::ReadConfig(options.folder));
  std::unique_ptr<Extractor> extractor(new Extractor());
  extractor->options_ = options;
  extractor->pool_ = pool;
  LLMEMBED_ASSIGN_OR_RETURN(extractor->taps_, ResolveTaps(options.taps, found.config));
  LLMEMBED_ASSIGN_OR_RETURN(const uint32_t max_tokens,
                            ResolveMaxTokens(options.max_tokens, found.config.max_tokens()));
  const compute::Device& first = options.devices.front();
  extractor->options_.compute_type = ResolveComputeType(options.compute_type, first);
  const compute::MathType math_type = ResolveMathType(options.compute_type, first);
  for (const compute::Device& device : options.devices) {
    LLMEMBED_ASSIGN_OR_RETURN(auto backend, compute::MakeBackend(device, math_type));
    if (!extractor->replicas_.empty() && backend->Identity() != extractor->backend().Identity()) {
      return Status(StatusCode::kUnsupported,
                    "GPUs that give different vectors cannot share the texts: " +
                        extractor->backend().Identity() + " and " + backend->Identity());
    }
    extractor->replicas_.push_back({std::move(backend), nullptr});
  }
  LLMEMBED_ASSIGN_OR_RETURN(
      extractor->tokenizer_,
      text::LoadTokenizer(options.folder, {.special_text = options.special_text}));
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
  if (NeedsPadding(extractor->taps_)) {
    const auto padding = PaddingId(options.max_tokens, found.config, *extractor->tokenizer_);
    if (!padding.ok()) return padding.status().WithContext(options.folder);
    extractor->config_.pad_id = *padding;
    extractor->padded_length_ = max_tokens;
  }
  extractor->scratch_.resize(pool->size());
  return extractor;
}

size_t Extractor::DeepestLayer() const {
  size_t deepest = 0;
  for (const TapPoint& tap : taps_) deepest = std::max(deepest, tap.state.layer);
  return deepest;
}

uint64_t Extractor::weight_bytes() const {
  return backbone::WeightBytes(config_, DeepestLayer(), backend().math_type());
}

std::unique_ptr<nn::PackedCache> Extractor::OpenPackedCache(const Replica& replica) const {
  // Smaller ones are packed in the time that it takes to open their files.
  constexpr uint64_t kWorthKeeping = 64ULL << 20;
  if (options_.packed_root.empty() || weight_bytes() < kWorthKeeping) return nullptr;
  return nn::PackedCache::Open({.root = options_.packed_root, .model = options_.model},
                               *replica.backend);
}

Status Extractor::LoadBackbone(Replica* replica) {
  const auto packed = OpenPackedCache(*replica);
  const backbone::LoadOptions load{.deepest_layer = DeepestLayer(),
                                   .needs_pooler = NeedsPooler(taps_),
                                   .pool = pool_,
                                   .packed = packed.get(),
                                   .block_weights = options_.block_weights};
  LLMEMBED_ASSIGN_OR_RETURN(replica->backbone,
                            backbone::Backbone::Load(options_.folder, load, *replica->backend));
  if (packed != nullptr) {
    if (const Status kept = packed->Commit(); !kept.ok()) {
      notice_ = "packed weights are not kept for the next start: " + kept.message();
    }
  }
  return {};
}

Status Extractor::LoadBackbones() {
  batch_tokens_ = std::numeric_limits<size_t>::max();
  for (Replica& replica : replicas_) {
    LLMEMBED_RETURN_IF_ERROR(LoadBackbone(&replica));
    batch_tokens_ = std::min(batch_tokens_, replica.backbone->BatchTokens());
  }
  Status status = MakeWorkers();
  if (status.code() != StatusCode::kOutOfMemory) return status;
  batch_tokens_ /= 2;
  notice_ = options_.folder + ": batches of " + std::to_string(batch_tokens_) +
            " tokens, half as many as are fast: there is no memory for more";
  return MakeWorkers();
}

// A worker after another is of the next replica, so that all have some as soon as there are
// threads.
Status Extractor::MakeWorkers() {
  workers_.clear();
  const size_t limit = backend().StreamLimit() * replicas_.size();
  const size_t count = limit == 0 ? pool_->size() : std::min<size_t>(limit, pool_->size());
  for (size_t i = 0; i < count; ++i) {
    const Replica& replica = replicas_[i % replicas_.size()];
    LLMEMBED_ASSIGN_OR_RETURN(auto session, replica.backbone->NewSession(batch_tokens_));
    workers_.push_back({.backend = replica.backend.get(),
                        .session = std::move(session),
                        .vectors = std::vector<std::vector<float>>(taps_.size())});
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
  if (workers_.empty()) LLMEMBED_RETURN_IF_ERROR(LoadBackbones());
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
  ChunkMean mean(taps_.size(), width(), std::min(chunks.size(), kChunksARound));
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
  for (const Piece& piece : pieces) {
    lengths.push_back(static_cast<uint32_t>(std::max(piece.ids.size(), padded_length_)));
  }
  const BatchPlan plan = PlanBatches(lengths, batch_tokens_);
  const size_t batches = plan.starts.size() - 1;
  const auto run = [&](size_t batch, size_t worker) -> Status {
    if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) {
      return {StatusCode::kCancelled, "stopped"};
    }
    const uint32_t begin = plan.starts[batch];
    return RunBatch(pieces, std::span(plan.order).subspan(begin, plan.starts[batch + 1] - begin),
                    &workers_[worker]);
  };
  if (workers_.size() == pool_->size()) return pool_->ParallelFor(batches, run);
  // Fewer workers than threads: each is one task, which takes batches as long as there are any.
  std::atomic<size_t> next{0};
  return pool_->ParallelFor(workers_.size(), [&](size_t worker, unsigned) -> Status {
    for (size_t batch = next++; batch < batches; batch = next++) {
      LLMEMBED_RETURN_IF_ERROR(run(batch, worker));
    }
    return {};
  });
}

// Of the deepest layer only what its taps read, as attention is the last to read the others.
void Extractor::WantTokens(backbone::TokenBatch* batch) const {
  const size_t deepest = DeepestLayer();
  const TokensRead read = TokensReadOf(taps_, deepest);
  if (read == TokensRead::kAll || deepest == 0 || !backend().HasHostMemory()) return;
  for (size_t text = 0; text < batch->texts(); ++text) {
    const int32_t first = batch->starts[text];
    batch->wanted.push_back(read == TokensRead::kFirst ? first : first + batch->lengths[text] - 1);
  }
}

Status Extractor::RunBatch(std::span<const Piece> pieces, std::span<const uint32_t> which,
                           Worker* worker) {
  backbone::TokenBatch& batch = worker->batch;
  batch.Clear();
  for (const uint32_t piece : which) batch.Add(pieces[piece].ids, config_, padded_length_);
  WantTokens(&batch);
  const auto pool_taps = [&](const backbone::StatePoint& point,
                             const compute::Matrix& state) -> Status {
    for (size_t tap = 0; tap < taps_.size(); ++tap) {
      if (taps_[tap].state != point) continue;
      LLMEMBED_RETURN_IF_ERROR(PoolTap(tap, state, worker));
    }
    return {};
  };
  LLMEMBED_RETURN_IF_ERROR(worker->session.Run(batch, pool_taps));
  LLMEMBED_RETURN_IF_ERROR(worker->session.stream()->Finish());
  for (size_t tap = 0; tap < taps_.size(); ++tap) {
    LLMEMBED_RETURN_IF_ERROR(TakeVectors(tap, pieces, which, worker));
  }
  return {};
}

// Where states are pooled only [texts, width()] of them leaves the backend's memory.
Status Extractor::PoolTap(size_t tap, const compute::Matrix& state, Worker* worker) {
  const backbone::TokenBatch& batch = worker->batch;
  compute::Stream* stream = worker->session.stream();
  worker->vectors[tap].resize(batch.texts() * width());
  if (!batch.wanted.empty() && taps_[tap].state.layer == DeepestLayer()) {
    return stream->Fetch(state, worker->vectors[tap]);  // it has a text's vector in each row
  }
  if (worker->pooled_rows < batch.texts()) {
    worker->pooled_rows = 0;
    LLMEMBED_ASSIGN_OR_RETURN(
        worker->pooled, worker->backend->Allocate(tensor::DType::kF32, batch.texts(), width()));
    worker->pooled_rows = batch.texts();
  }
  const compute::Matrix pooled = worker->pooled.View(batch.texts());
  LLMEMBED_RETURN_IF_ERROR(stream->Pool(PoolRuleOf(taps_[tap].pooling),
                                        {.starts = batch.starts, .lengths = batch.lengths}, state,
                                        pooled));
  return stream->Fetch(pooled, worker->vectors[tap]);
}

Status Extractor::TakeVectors(size_t tap, std::span<const Piece> pieces,
                              std::span<const uint32_t> which, Worker* worker) {
  std::span<const float> vectors = worker->vectors[tap];
  if (taps_[tap].pooling == fusion::Pooling::kPooler) {
    worker->pooler_output.resize(vectors.size());
    LLMEMBED_RETURN_IF_ERROR(worker->session.ApplyPooler(vectors, worker->pooler_output));
    vectors = worker->pooler_output;
  }
  for (size_t i = 0; i < which.size(); ++i) {
    const std::span<const float> vector = vectors.subspan(i * width(), width());
    if (!IsFinite(vector)) {
      return {StatusCode::kCorrupt, options_.folder + ": layer " +
                                        std::to_string(taps_[tap].state.layer) +
                                        " gives numbers that are not finite"};
    }
    const Piece& piece = pieces[which[i]];
    std::copy(vector.begin(), vector.end(), piece.rows[tap] + piece.row * width());
  }
  return {};
}

}  // namespace llmembed::extract
