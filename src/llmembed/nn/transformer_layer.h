// One transformer block: attention and feed-forward, each with its residual and norms.
#pragma once

#include <memory>

#include "compute/ops.h"
#include "nn/module_reader.h"

namespace llmembed::nn {

// Where a block's norms stand around a part f (attention or feed-forward) of it.
enum class NormPlacement {
  kPost,      // x = Norm(x + f(x)): Vaswani et al. 2017
  kPre,       // x = x + f(Norm(x)): Xiong et al. 2020
  kSandwich,  // x = x + Norm'(f(Norm(x))): Ding et al. 2021
};

struct TransformerLayer {
  std::unique_ptr<compute::PackedLinear> query_key_value;   // D -> qkv_width()
  std::unique_ptr<compute::PackedLinear> attention_output;  // query_width() -> D
  std::unique_ptr<compute::PackedLinear> feed_forward_in;   // D -> F; gated: D -> 2 F, gate first
  std::unique_ptr<compute::PackedLinear> feed_forward_out;  // F -> D
  Norm attention_norm, feed_forward_norm;
  Norm attention_output_norm, feed_forward_output_norm;  // Norm' of kSandwich
  Norm query_norm, key_norm;                             // of single heads; may be absent
  compute::AttentionShape attention;
  size_t rotary = 0;  // which of the backbone's rotary tables turns its heads
};

// What all layers of a backbone have in common.
struct LayerShape {
  size_t width = 0;               // D
  size_t feed_forward_width = 0;  // F
  size_t query_width = 0;
  size_t qkv_width = 0;
  NormPlacement placement = NormPlacement::kPost;
  compute::Activation activation = compute::Activation::kGeluErf;
  bool is_gated = false;  // feed-forward: activation(gate) * up (Shazeer 2020)

  // Numbers of a token between the layers of the feed-forward.
  size_t inner_width() const { return feed_forward_width * (is_gated ? 3 : 1); }
};

// A worker's matrices, reused from layer to layer and batch to batch.
class Workspace {
 public:
  static Result<Workspace> Create(const LayerShape& shape, const compute::Backend& backend,
                                  size_t max_tokens);

  // Memory that a token takes, in it and inside of the feed-forward.
  static size_t TokenBytes(const LayerShape& shape, tensor::DType activation_type);

  // Sets the number of tokens of the matrices below. Precondition: tokens <= max_tokens.
  void Resize(size_t tokens);

  // Leaves of `state` and `context` these rows alone, and of the others room for so many.
  Status KeepRows(std::span<const int32_t> rows, compute::Stream* stream);

  compute::Matrix state;  // [T, D] f32, the residual stream
  // [T, D] in the math type, what products read: the state's norm, or the state itself. With kPost
  // in f32 it is the state's own memory.
  compute::Matrix input;
  compute::Matrix query_key_value;  // [T, qkv_width]
  compute::Matrix context;          // [T, query_width], what attention gathered
  compute::Matrix update;           // [T, D] f32: what cannot be added to the state at once
  // [T, D] in the math type: what a sublayer gives where the norm behind it adds it, else no
  // memory.
  compute::Matrix sublayer;

  // The two matrices for AddNorm that make `input`: f32 and bf16.
  compute::Matrix input_f32() const { return rounds_ ? compute::Matrix{} : input; }
  compute::Matrix input_bf16() const { return rounds_ ? input : compute::Matrix{}; }

 private:
  compute::MatrixBuffer state_, input_, query_key_value_, context_, update_, sublayer_;
  bool norms_add_ = false;  // `sublayer` has memory
  bool rounds_ = false;     // products read bf16
  bool shares_state_ = false;
};

// What a layer needs to know of a batch.
struct LayerBatch {
  compute::PackedTexts texts;
  std::span<const float> cos, sin;  // of the layer's rotary table: [T, H / 2]; empty: none
  // The tokens, ascending, whose states are wanted of this layer; empty: all. The others are read
  // by attention and go no further: the matrices have a row for each of these afterwards. Of
  // backends whose memory is the host's.
  std::span<const int32_t> wanted = {};
};

// Replaces work->state by the block's output. With kPost, work->input must hold the state in the
// math type, and does so again afterwards.
Status Forward(const TransformerLayer& layer, const LayerShape& shape, const LayerBatch& batch,
               compute::Stream* stream, Workspace* work);

}  // namespace llmembed::nn
