// The operations of a transformer, each declared once. ref/ does them by plain loops and is the
// oracle; cpu/ does them fast. Everything above calls only what stands here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "compute/matrix.h"
#include "llmembed/status.h"

namespace llmembed::compute {

// The element type of what goes into matrix products. Sums, norms and the residual stream are f32
// in both; bf16 rounds to nearest, ties to even.
enum class MathType { kF32, kBF16 };

enum class Activation {
  kGeluErf,   // x/2 (1 + erf(x / sqrt 2)), Hugging Face's "gelu"
  kGeluTanh,  // x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), "gelu_new", "gelu_pytorch_tanh"
  kRelu,
};

// Weights of y = x W^T + b in the layout its backend wants. Immutable, shared by streams.
class PackedLinear {
 public:
  PackedLinear(size_t inputs, size_t outputs) : inputs_(inputs), outputs_(outputs) {}
  virtual ~PackedLinear() = default;
  size_t inputs() const { return inputs_; }
  size_t outputs() const { return outputs_; }

 private:
  size_t inputs_;
  size_t outputs_;
};

struct EmbeddingTables {
  std::span<const float> words;       // [vocabulary, D]
  std::span<const float> positions;   // [positions, D]
  std::span<const float> token_type;  // [D], the row of the first segment; empty: none
};

struct LayerNormWeights {
  std::span<const float> scale;  // [D]
  std::span<const float> shift;  // [D]
  float epsilon = 0.0F;
};

struct AttentionShape {
  size_t heads = 0;
  size_t head_size = 0;
  float scale = 0.0F;  // scores are multiplied by it before the softmax
};

// One worker's way to compute. Not thread-safe; a backend's streams may work side by side.
// T: tokens of a packed batch. Bounds of ids and sizes are the caller's duty.
class Stream {
 public:
  virtual ~Stream() = default;

  // out[T, N] = in[T, K] W^T + b. `in` is of the math type, `out` of any.
  virtual Status Linear(const PackedLinear& weights, const Matrix& in, const Matrix& out) = 0;

  // out[t] = words[ids[t]] + positions[position_ids[t]] + token_type, in f32.
  virtual Status Embed(const EmbeddingTables& tables, std::span<const int32_t> ids,
                       std::span<const int32_t> position_ids, const Matrix& out) = 0;

  // x = LayerNorm(x + residual), row by row, in place in f32; with `rounded` also as bf16.
  // residual.data and rounded.data may be null.
  virtual Status AddLayerNorm(const LayerNormWeights& weights, const Matrix& x,
                              const Matrix& residual, const Matrix& rounded) = 0;

  virtual Status Activate(Activation activation, const Matrix& x) = 0;

  // Bidirectional attention inside each text of a packed batch. qkv: [T, 3 * heads * head_size],
  // a token's queries, keys, values side by side. starts: [texts + 1], text i is the tokens
  // [starts[i], starts[i + 1]). out: [T, heads * head_size], same dtype as qkv.
  virtual Status Attention(const AttentionShape& shape, const Matrix& qkv,
                           std::span<const int32_t> starts, const Matrix& out) = 0;
};

// Where tensors live and how they are computed with. Immutable, thread-safe.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual MathType math_type() const = 0;

  // Everything that decides the bits of a result besides its inputs, e.g. "cpu-avx512_bf16-bf16".
  virtual std::string Identity() const = 0;

  // weight: [outputs, inputs]; bias: [outputs], or empty for none.
  virtual Result<std::unique_ptr<PackedLinear>> Pack(std::span<const float> weight,
                                                     std::span<const float> bias, size_t inputs,
                                                     size_t outputs) const = 0;
  virtual Result<std::unique_ptr<Stream>> MakeStream() const = 0;

  tensor::DType activation_type() const {
    return math_type() == MathType::kBF16 ? tensor::DType::kBF16 : tensor::DType::kF32;
  }
};

// Plain loops; sums in the order of the indices. The oracle of every test.
std::unique_ptr<Backend> MakeReferenceBackend(MathType math_type);

// oneDNN and our vector kernels for the best instruction set of this CPU. kUnsupported for bf16 on
// a CPU that does not multiply bf16 itself.
Result<std::unique_ptr<Backend>> MakeCpuBackend(MathType math_type);

// How many threads library calls that thread by themselves (the heads' matrix products) may use
// when made from the calling thread.
void SetLibraryThreads(unsigned threads);

// The instruction set that MakeCpuBackend works with: "amx_bf16", "avx512_bf16", "avx512", "avx2" or
// "baseline".
std::string CpuInstructionSet();

}  // namespace llmembed::compute
