// Texts through a backbone, and vectors out of it at the taps.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backbone/backbone.h"
#include "base/thread_pool.h"
#include "compute/device.h"
#include "compute/ops.h"
#include "extract/length_rule.h"
#include "extract/tap_points.h"
#include "extract/text_window.h"
#include "fusion/tap.h"
#include "llmembed/embed.h"
#include "llmembed/status.h"
#include "nn/packed_cache.h"
#include "text/tokenizer.h"

namespace llmembed::extract {

struct ExtractorOptions {
  std::string folder;  // a Hugging Face model folder, or a GGUF file
  std::vector<fusion::Tap> taps;
  ComputeType compute_type = ComputeType::kAuto;
  std::vector<compute::Device> devices{{}};  // of one kind; each has the weights, texts are shared
  uint32_t max_tokens = 0;                   // 0: the model's positions
  OnLongText on_long_text = OnLongText::kHead;
  SpecialText special_text = SpecialText::kParse;
  backbone::BlockWeights block_weights = backbone::BlockWeights::kAuto;
  std::string packed_root{};  // of nn::PackedCache; "": no packed layers are kept
  std::string model{};        // as PackedCacheOptions::model
};

// A vector is decided, bit for bit, by its text alone: not by the batch, the thread or the order it
// came in.
// Not thread-safe: it spreads its work over the pool itself. The weights are loaded when the first
// text needs them: a run whose vectors are all in the store starts at once.
class Extractor {
 public:
  // `pool` must outlive the extractor. Errors: kUsage (as ResolveTaps; max_tokens beyond the
  // model's positions; mean_all without max_tokens), kUnsupported, kNotFound, kCorrupt as the
  // readers say.
  static Result<std::unique_ptr<Extractor>> Open(const ExtractorOptions& options,
                                                 base::ThreadPool* pool);

  const std::vector<TapPoint>& taps() const { return taps_; }
  size_t width() const { return config_.width; }  // of every tap
  SpecialText special_text() const { return options_.special_text; }
  const LengthRule& length_rule() const { return *length_rule_; }
  const compute::Backend& backend() const { return *replicas_.front().backend; }
  // On each device, of the layers that are run, once they are loaded.
  uint64_t weight_bytes() const;

  // What the caller should be told of how the texts are run, or ""; once.
  std::string TakeNotice() { return std::exchange(notice_, {}); }

  // Takes texts in hand: their tokens are kept until the next call. lengths: [texts].
  // kBadData: a text is longer than the rule OnLongText::kError allows, with its place.
  Status Tokenize(const TextWindow& window, std::span<TextLength> lengths);

  // Runs the texts in hand whose indices are `which` (each at most once) through the backbone.
  // vectors[tap]: [texts, width()], of which the rows `which` are written.
  // kCancelled when `cancelled` turns true; kCorrupt when a vector is not finite; the first call
  // loads the weights and gives their errors.
  Status Extract(std::span<const uint32_t> which, std::span<float* const> vectors,
                 const std::atomic<bool>* cancelled);

 private:
  // A run of the backbone's layers over one piece of a text, and where its vectors go.
  struct Piece {
    std::span<const int32_t> ids;
    std::span<float* const> rows;  // [taps], each [.., width()]
    size_t row;
  };
  // The weights on one device.
  struct Replica {
    std::unique_ptr<compute::Backend> backend;
    std::unique_ptr<backbone::Backbone> backbone;  // null until a text needs it
  };
  struct Worker {
    const compute::Backend* backend;  // of its replica
    backbone::Backbone::Session session;
    backbone::TokenBatch batch;
    compute::MatrixBuffer pooled;  // [pooled_rows, width()], of the tap in hand
    size_t pooled_rows = 0;
    std::vector<std::vector<float>> vectors;  // [taps], each [texts, width()]
    std::vector<float> pooler_output;         // [texts, width()]
  };

  Extractor() = default;
  size_t DeepestLayer() const;
  Status LoadBackbones();
  Status LoadBackbone(Replica* replica);
  std::unique_ptr<nn::PackedCache> OpenPackedCache(const Replica& replica) const;
  Status RunPieces(std::span<const Piece> pieces, const std::atomic<bool>* cancelled);
  Status RunBatch(std::span<const Piece> pieces, std::span<const uint32_t> which, Worker* worker);
  Status MakeWorkers();
  void WantTokens(backbone::TokenBatch* batch) const;
  Status PoolTap(size_t tap, const compute::Matrix& state, Worker* worker);
  Status TakeVectors(size_t tap, std::span<const Piece> pieces, std::span<const uint32_t> which,
                     Worker* worker);

  ExtractorOptions options_;
  base::ThreadPool* pool_ = nullptr;
  std::vector<Replica> replicas_;  // [devices]
  std::unique_ptr<text::Tokenizer> tokenizer_;
  backbone::BackboneConfig config_;
  std::vector<TapPoint> taps_;
  size_t padded_length_ = 0;               // of every piece, or 0
  std::optional<LengthRule> length_rule_;  // set by Open
  size_t batch_tokens_ = 0;                // tokens of a batch, at most
  std::vector<Worker> workers_;
  std::string notice_;
  std::vector<text::Encoding> scratch_;  // [workers]
  std::vector<TextPieces> texts_;        // in hand
};

// The compute type that kAuto stands for: bf16 on a GPU, and on a CPU that multiplies bf16 itself.
ComputeType ResolveComputeType(ComputeType type, const compute::Device& device = {});
// The same, as a backend takes it.
compute::MathType ResolveMathType(ComputeType type, const compute::Device& device = {});

}  // namespace llmembed::extract
