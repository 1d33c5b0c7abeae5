// One transformer block: attention and feed-forward, each with its residual and norm.
#pragma once

#include <memory>
#include <span>

#include "compute/ops.h"
#include "nn/module_reader.h"

namespace llmembed::nn {

// Post-norm, as in Vaswani et al. 2017 and BERT: x = Norm(x + Attention(x)), then
// x = Norm(x + FeedForward(x)).
struct TransformerLayer {
  std::unique_ptr<compute::PackedLinear> query_key_value;   // D -> 3 D
  std::unique_ptr<compute::PackedLinear> attention_output;  // D -> D
  LayerNorm attention_norm;
  std::unique_ptr<compute::PackedLinear> feed_forward_in;   // D -> F
  std::unique_ptr<compute::PackedLinear> feed_forward_out;  // F -> D
  LayerNorm feed_forward_norm;
};

// What all layers of a backbone have in common.
struct LayerShape {
  size_t width = 0;               // D
  size_t feed_forward_width = 0;  // F
  compute::AttentionShape attention;
  compute::Activation activation = compute::Activation::kGeluErf;
};

// A worker's matrices, reused from layer to layer and batch to batch.
class Workspace {
 public:
  static Result<Workspace> Create(const LayerShape& shape, tensor::DType activation_type,
                                  size_t max_tokens);

  // Sets the number of tokens of the matrices below. Precondition: tokens <= max_tokens.
  void Resize(size_t tokens);

  compute::Matrix state;            // [T, D] f32, the residual stream
  compute::Matrix rounded;          // [T, D], the same for bf16 products; null for f32 ones
  compute::Matrix query_key_value;  // [T, 3 D]
  compute::Matrix context;          // [T, D], what attention gathered
  compute::Matrix update;           // [T, D] f32, to be added to the state
  compute::Matrix inner;            // [T, F]

  // What products read: the state in the math type.
  const compute::Matrix& input() const { return rounded.data != nullptr ? rounded : state; }

 private:
  compute::MatrixBuffer state_, rounded_, query_key_value_, context_, update_, inner_;
  bool rounds_ = false;
};

// Replaces work->state by the block's output. starts: [texts + 1].
Status Forward(const TransformerLayer& layer, const LayerShape& shape,
               std::span<const int32_t> starts, compute::Stream* stream, Workspace* work);

}  // namespace llmembed::nn
