// A frozen pre-trained transformer, and THE loop over its layers.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "backbone/config.h"
#include "backbone/token_batch.h"
#include "compute/ops.h"
#include "llmembed/status.h"
#include "nn/transformer_layer.h"

namespace llmembed::backbone {

// Receives each hidden state as it is made: layer 0 is the embeddings, l the output of block l.
// state: [T, D] f32, valid during the call.
using StateObserver = std::function<Status(size_t layer, const compute::Matrix& state)>;

// Immutable after Load; sessions may run side by side.
class Backbone {
 public:
  // Reads a Hugging Face folder up to block `deepest_layer` (0: the embeddings alone); what lies
  // deeper is neither read nor run. Every tensor of the folder must be used or be on the
  // architecture's written list of ignored ones. `backend` must outlive the backbone.
  // Errors: those of ReadConfig and of the weight files; kUsage for a layer that is not there.
  static Result<std::unique_ptr<Backbone>> Load(const std::string& folder, size_t deepest_layer,
                                                const compute::Backend& backend);

  const BackboneConfig& config() const { return config_; }

  // One worker's stream and memory for batches of up to max_tokens. Not thread-safe.
  class Session {
   public:
    // Runs a batch through the layers, showing every state to `observe`. kMismatch when an id or a
    // position is beyond its table; the batch has at least one text, and each a token.
    Status Run(const TokenBatch& batch, const StateObserver& observe);

   private:
    friend class Backbone;
    Session(const Backbone* backbone, std::unique_ptr<compute::Stream> stream, nn::Workspace work)
        : backbone_(backbone), stream_(std::move(stream)), work_(std::move(work)) {}
    Status Embed(const TokenBatch& batch);

    const Backbone* backbone_;
    std::unique_ptr<compute::Stream> stream_;
    nn::Workspace work_;
  };
  Result<Session> NewSession(size_t max_tokens) const;

 private:
  Backbone() = default;

  BackboneConfig config_;
  nn::LayerShape shape_;
  const compute::Backend* backend_ = nullptr;
  tensor::AlignedBuffer<float> word_embeddings_;        // [vocabulary, D]
  tensor::AlignedBuffer<float> position_embeddings_;    // [positions, D]
  tensor::AlignedBuffer<float> token_type_embeddings_;  // [token types, D]
  nn::LayerNorm embedding_norm_;
  std::vector<nn::TransformerLayer> layers_;  // [deepest_layer]
};

}  // namespace llmembed::backbone
