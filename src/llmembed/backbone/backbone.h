// A frozen pre-trained transformer, and THE loop over its layers.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "backbone/config.h"
#include "backbone/token_batch.h"
#include "base/thread_pool.h"
#include "compute/ops.h"
#include "llmembed/status.h"
#include "nn/transformer_layer.h"

namespace llmembed::backbone {

// Which hidden state: layer 0 is the embeddings, l the output of block l. The last layer of a
// backbone with a final norm has two: before that norm, and behind it, as in `transformers`.
struct StatePoint {
  size_t layer = 0;
  bool is_before_final_norm = false;

  friend bool operator==(const StatePoint&, const StatePoint&) = default;
};

// Receives each hidden state as it is made. state: [T, D] f32, or of the last layer that is run
// [wanted, D] where the batch says which tokens are wanted; in the backend's memory, valid during
// the call and for what the session's stream is asked to do in it.
using StateObserver = std::function<Status(const StatePoint& point, const compute::Matrix& state)>;

// What becomes of weights that a GGUF file has in blocks of a few bits. Unpacked they are as fast
// as any; kept they take no memory but the file's, and are unpacked anew for every batch. Results
// are the same.
enum class BlockWeights {
  kAuto,    // kept where they do not fit unpacked
  kUnpack,  // as far as there is memory
  kKeep,    // where the backend can
};

struct LoadOptions {
  size_t deepest_layer = 0;  // 0: the embeddings alone; what lies deeper is neither read nor run
  bool needs_pooler = false;
  bool needs_lm_head = false;         // with all layers
  base::ThreadPool* pool = nullptr;   // to load layers side by side; null: this thread alone
  nn::PackedCache* packed = nullptr;  // where packed layers are kept; null: nowhere
  BlockWeights block_weights = BlockWeights::kAuto;
};

// The modules of a backbone, as Load fills them.
struct BackboneModules {
  BackboneConfig config;
  nn::LayerShape shape;
  compute::Table word_embeddings;                  // [vocabulary, D]
  compute::Table position_embeddings;              // [positions, D], or empty
  compute::Table token_type_embeddings;            // [token types, D], or empty
  compute::Table distance_bias;                    // [heads, 2 * reach + 1], or empty
  nn::Norm embedding_norm;                         // may be absent
  std::vector<nn::TransformerLayer> layers;        // [deepest_layer]
  nn::Norm final_norm;                             // absent unless the last layer is there
  std::unique_ptr<compute::PackedLinear> pooler;   // D -> D, or null
  std::unique_ptr<compute::PackedLinear> lm_head;  // D -> vocabulary, or null
};

// A question to the LM head: how likely this token is to come next.
struct NextToken {
  size_t state;  // behind which: a row of the states given with it
  int32_t token;
};

struct ConfiguredArchitecture;  // config_reader.h

// Immutable after Load; sessions may run side by side.
class Backbone {
 public:
  // Reads a model (as ReadConfig takes it) up to block `deepest_layer`. Every tensor of it must be
  // used or be on the architecture's written list of ignored ones. `backend` must outlive the
  // backbone. Errors: those of ReadConfig and of the weight files; kUsage for a layer, a pooler
  // or an LM head that is not there; kOutOfMemory when the machine has less memory than the weights
  // need.
  static Result<std::unique_ptr<Backbone>> Load(const std::string& path, const LoadOptions& options,
                                                const compute::Backend& backend);

  // All layers of a configuration with random weights that are the same in each layer, to measure
  // speed with: made without a file, and packed layer by layer as those of one. `name`: for
  // messages. kOutOfMemory as Load.
  static Result<std::unique_ptr<Backbone>> MakeRandom(const ConfiguredArchitecture& model,
                                                      const std::string& name,
                                                      base::ThreadPool* pool,
                                                      const compute::Backend& backend);

  // Of modules that are there already, made by `backend`.
  static std::unique_ptr<Backbone> Of(BackboneModules modules, const compute::Backend& backend) {
    return std::unique_ptr<Backbone>(new Backbone(std::move(modules), &backend));
  }

  // How many tokens its backend wants in a batch.
  size_t BatchTokens() const {
    return backend_->BatchTokens(
        nn::Workspace::TokenBytes(modules_.shape, backend_->activation_type()));
  }

  const BackboneConfig& config() const { return modules_.config; }

  // One worker's stream and memory. Not thread-safe.
  class Session {
   public:
    // Runs a batch through the layers, showing every state to `observe`. kMismatch when an id or a
    // position is beyond its table; the batch has at least one text, and each a token.
    Status Run(const TokenBatch& batch, const StateObserver& observe);

    // What the session computes with; Run leaves it unfinished.
    compute::Stream* stream() { return stream_.get(); }

    // Reads tokens that texts of later batches begin with. Precondition: the backbone is causal and
    // loaded with all layers that those go through. Errors: as Run; kUnsupported where the
    // backend's memory is not the host's.
    Result<CachedPrefix> ReadPrefix(std::span<const int32_t> ids);

    // out = tanh(W state + b), text by text: what BERT does with the last layer's first token.
    // states: [texts, D] f32; out: [texts, D]. Precondition: loaded with needs_pooler.
    Status ApplyPooler(std::span<const float> states, std::span<float> out);

    // out[i] = log softmax(W states[asked[i].state])[asked[i].token], in f32 with the largest logit
    // subtracted; a state is read once however often it is asked about. states: [n, D] f32, of the
    // last layer behind its norm; asked: in the order of their states; out: [asked]. kMismatch: a
    // token beyond the vocabulary. Precondition: loaded with needs_lm_head, on a backend whose
    // memory is the host's.
    Status LogProbabilities(std::span<const float> states, std::span<const NextToken> asked,
                            std::span<float> out);

   private:
    friend class Backbone;
    explicit Session(const Backbone* backbone) : backbone_(backbone) {}
    Status Reserve(size_t tokens);
    Status CheckBatch(const TokenBatch& batch) const;
    Status Embed(const TokenBatch& batch);
    Status RunLayers(const TokenBatch& batch, const StateObserver& observe, CachedPrefix* keep);
    Result<compute::MatrixBuffer> ProductInput(std::span<const float> states) const;
    Status ShowLast(size_t layer, const StateObserver& observe);

    // cos and sin for the tokens of a batch, of one rotary table.
    struct Rotation {
      RotaryTable table;
      std::vector<float> cos, sin;                    // [T, H / 2]
      std::span<const float> staged_cos, staged_sin;  // the same, as operations read them
    };
    Status Rotate(const TokenBatch& batch);

    const Backbone* backbone_;
    std::unique_ptr<compute::Stream> stream_;
    size_t capacity_ = 0;  // tokens
    nn::Workspace work_;
    std::vector<Rotation> rotations_;
  };

  // `expected_tokens`: memory for batches of so many is made at once; longer ones make it grow.
  Result<Session> NewSession(size_t expected_tokens) const;

 private:
  Backbone(BackboneModules modules, const compute::Backend* backend)
      : modules_(std::move(modules)), backend_(backend) {}

  BackboneModules modules_;
  const compute::Backend* backend_;
};

}  // namespace llmembed::backbone
