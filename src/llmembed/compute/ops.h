// The operations of a transformer, each declared once. ref/ does them by plain loops and is the
// oracle; cpu/ and cuda/ do them fast. Everything above calls only what stands here.
//
// Matrices, and the numbers of weights, are in the backend's memory (Backend::Allocate and Place);
// ids, places and lengths of texts are always in the host's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "compute/matrix.h"
#include "llmembed/status.h"

namespace llmembed::compute {

// The element type of what goes into the products of linear layers. Norms and the residual stream
// are f32 in all, as are sums but for int8, whose sums are whole; bf16 rounds to nearest, ties to
// even. With int8 (compute/int8.h) everything around linear layers is as with bf16, where the CPU
// has it, else as with f32. fp8 (compute/fp8.h) is a GPU's alone, and its sums are f32.
enum class MathType { kF32, kBF16, kInt8, kFp8 };

// "f32", "bf16", "int8" or "fp8".
const char* MathTypeName(MathType type);

// What activations are kept in on this CPU.
tensor::DType ActivationType(MathType type);

enum class Activation {
  kGeluErf,    // x/2 (1 + erf(x / sqrt 2)), Hugging Face's "gelu"
  kGeluTanh,   // x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), "gelu_new", "gelu_pytorch_tanh"
  kQuickGelu,  // x / (1 + exp(-1.702 x))
  kRelu,
  kSilu,  // x / (1 + exp(-x))
};

// How the outputs of a layer are used.
enum class OutputUse {
  kPlain,  // as they come
  kGated,  // the first half are gates of the second: by FeedForward alone, which is told of it
};

// Whether a result takes the place of what is there or is added to it, in f32.
enum class Write { kReplace, kAdd };

// What a packed layer is made of, in its backend's layout. Borrows.
struct PackedImage {
  std::span<const std::byte> weight;
  std::span<const float> scales;  // of int8
  std::span<const float> bias;
};

// Weights of y = x W^T + b in the layout its backend wants. Immutable, shared by streams.
class PackedLinear {
 public:
  PackedLinear(size_t inputs, size_t outputs) : inputs_(inputs), outputs_(outputs) {}
  virtual ~PackedLinear() = default;
  size_t inputs() const { return inputs_; }
  size_t outputs() const { return outputs_; }

  // What Backend::Adopt takes; an empty weight: it cannot be kept.
  virtual PackedImage image() const { return {}; }

 private:
  size_t inputs_;
  size_t outputs_;
};

// A layer's weight as it comes from a file: [outputs, inputs], row-major, finite. Borrows.
struct PlainWeight {
  tensor::DType dtype = tensor::DType::kF32;  // kF32 or kBF16
  const void* data = nullptr;
};

// A row of a layer's weight as it lies in a GGUF file: [inputs], finite, in whole blocks of a type
// of GGML's. Borrows.
struct BlockRow {
  const std::byte* blocks = nullptr;
  tensor::DType dtype = tensor::DType::kQ8_0;
};

// A feed-forward network: W_out a(W_in x), or, gated, W_out (a(G x) * (U x)) with W_in = [G; U]
// (Shazeer 2020). Borrows.
struct FeedForwardWeights {
  const PackedLinear* in = nullptr;   // D -> F; gated, and packed as kGated: D -> 2 F
  const PackedLinear* out = nullptr;  // F -> D
  Activation activation = Activation::kGeluErf;
  bool is_gated = false;
};

struct EmbeddingTables {
  std::span<const float> words;       // [vocabulary, D]
  float word_scale = 1.0F;            // words are multiplied by it
  std::span<const float> positions;   // [positions, D]; empty: none
  std::span<const float> token_type;  // [D], the row of the first segment; empty: none
};

enum class NormKind {
  kLayer,  // (x - mean) / sqrt(variance + epsilon) * scale + shift (Ba et al. 2016)
  kRms,    // x / sqrt(mean(x^2) + epsilon) * scale (Zhang and Sennrich 2019)
};

struct NormWeights {
  NormKind kind = NormKind::kLayer;
  std::span<const float> scale;  // [D]; empty: there is no norm
  std::span<const float> shift;  // [D]; empty: none
  float epsilon = 0.0F;
};

struct AttentionShape {
  size_t heads = 0;      // of the queries
  size_t kv_heads = 0;   // of keys and values; divides `heads`: head h reads kv head h / group
  size_t head_size = 0;  // H
  float scale = 0.0F;    // scores are multiplied by it
  bool is_causal = false;
  size_t window = 0;       // > 0: a query sees no key that is `window` or more tokens before it
  float score_cap = 0.0F;  // > 0: a scaled score s becomes cap * tanh(s / cap)
  // Added to a score behind scale and cap, by the key's distance from the query, clamped to
  // [-reach, reach]: [heads, 2 * reach + 1]. Empty: none.
  std::span<const float> distance_bias;
  size_t reach = 0;

  size_t query_width() const { return heads * head_size; }
  size_t kv_width() const { return kv_heads * head_size; }
  size_t qkv_width() const { return query_width() + 2 * kv_width(); }
};

// The texts of a packed batch: text i is the tokens [starts[i], starts[i + 1]), of which the first
// lengths[i] are read by attention; those behind them are padding, which reads but is not read.
// A text may begin before its own tokens: with those of `prefix`, then those of the text that it
// continues. It reads them as if they stood in front of its own.
struct PackedTexts {
  std::span<const int32_t> starts;   // [texts + 1]
  std::span<const int32_t> lengths;  // [texts], each at least 1; empty: there is no padding
  // [texts]: the text that text i continues, which itself continues none, or -1. Empty: all -1.
  std::span<const int32_t> continued = {};
  Matrix prefix = {};  // [P, 2 * kv_width()]: a token's keys and values side by side; no rows: none

  size_t size() const { return starts.size() - 1; }
  size_t begin(size_t text) const { return static_cast<size_t>(starts[text]); }
  size_t tokens(size_t text) const { return begin(text + 1) - begin(text); }  // padding too
  size_t read(size_t text) const {
    return lengths.empty() ? tokens(text) : static_cast<size_t>(lengths[text]);
  }
  bool continues(size_t text) const { return !continued.empty() && continued[text] >= 0; }
  // Tokens that stand before a text's own.
  size_t before(size_t text) const {
    return prefix.rows + (continues(text) ? read(static_cast<size_t>(continued[text])) : 0);
  }
};

// What is done to queries and keys, head by head, before they meet.
struct HeadTransform {
  NormWeights query_norm;      // over a head's H numbers; an empty scale: none
  NormWeights key_norm;        // likewise
  std::span<const float> cos;  // [T, H / 2], of the angles by which the pairs (i, i + H / 2) of a
  std::span<const float> sin;  // head are turned (Su et al. 2021, half-split); empty: none
};

// From the states of a text's tokens to one vector. kMeanAll alone counts padding.
enum class PoolRule { kMean, kMeanAll, kMax, kFirst, kLast };

// One worker's way to compute. Operations may still be under way when their calls return, each
// behind those before it, until Finish. Not thread-safe; a backend's streams may work side by side.
// T: tokens of a packed batch. Bounds of ids and sizes are the caller's duty. Rows lie without gaps
// but for the inputs of Linear and FeedForward and what is made for them: the outputs `rounded` of
// AddNorm and `out` of Attention may have a pitch of their own.
class Stream {
 public:
  virtual ~Stream() = default;

  // out[T, N] = in[T, K] W^T + b. `in` is of the activation type, `out` of any; with kAdd of f32.
  virtual Status Linear(const PackedLinear& weights, const Matrix& in, const Matrix& out,
                        Write write) = 0;
  Status Linear(const PackedLinear& weights, const Matrix& in, const Matrix& out) {
    return Linear(weights, in, out, Write::kReplace);
  }

  // out[T, D] = the network of in[T, D]. `in` is of the activation type, `out` of f32; both may be
  // the same memory. What is between the layers is rounded to the activation type.
  virtual Status FeedForward(const FeedForwardWeights& weights, const Matrix& in, const Matrix& out,
                             Write write) = 0;

  // out[t] = words[ids[t]] * word_scale + positions[position_ids[t]] + token_type, in f32.
  virtual Status Embed(const EmbeddingTables& tables, std::span<const int32_t> ids,
                       std::span<const int32_t> position_ids, const Matrix& out) = 0;

  // x += residual, in f32.
  virtual Status Add(const Matrix& x, const Matrix& residual) = 0;

  // x += residual, then normed = Norm(x) row by row in f32, and `rounded` the same as bf16 (with
  // fp8 perhaps as only products and Fetch read it). residual.data, normed.data and rounded.data
  // may be null; `normed` may be x itself, which then holds the norm. `residual` is of f32, or of
  // the activation type where Backend::NormsAddSublayers.
  virtual Status AddNorm(const NormWeights& weights, const Matrix& x, const Matrix& residual,
                         const Matrix& normed, const Matrix& rounded) = 0;

  virtual Status Activate(Activation activation, const Matrix& x) = 0;

  // out[t, i] = activation(in[t, i]) * in[t, F + i]. in: [T, 2 F], out: [T, F], same dtype.
  virtual Status ActivateGated(Activation activation, const Matrix& in, const Matrix& out) = 0;

  // Norms, then turns, in place, the heads of the queries and keys. qkv: [T, qkv_width()], a
  // token's queries, keys, values side by side.
  virtual Status TransformHeads(const AttentionShape& shape, const HeadTransform& transform,
                                const Matrix& qkv) = 0;

  // Attention inside each text. qkv: as above; out: [T, query_width()], same dtype, as is a prefix.
  virtual Status Attention(const AttentionShape& shape, const PackedTexts& texts, const Matrix& qkv,
                           const Matrix& out) = 0;

  // out[i] = the vector of text i. states: [T, D], out: [texts, D], both f32.
  virtual Status Pool(PoolRule rule, const PackedTexts& texts, const Matrix& states,
                      const Matrix& out) = 0;

  // Numbers that only one batch needs, as operations read them: in the backend's memory, until the
  // next call for the same slot. Slots are small numbers.
  virtual Result<std::span<const float>> Stage(size_t /*slot*/, std::span<const float> numbers) {
    return numbers;
  }

  // Numbers from the host's memory into a matrix, and back: [rows * columns]. `to` of Fetch must
  // stand until Finish, and holds them then.
  virtual Status Put(std::span<const float> from, const Matrix& to);
  virtual Status Fetch(const Matrix& from, std::span<float> to);

  // x[i] = x[rows[i]] for each of `rows`, which ascend. Of the host's memory alone.
  virtual Status KeepRows(const Matrix& x, std::span<const int32_t> rows);

  // Makes what FeedForward needs for so many rows of `width` numbers between its layers, so that
  // nothing is allocated later. kOutOfMemory.
  virtual Status Reserve(size_t /*rows*/, size_t /*width*/) { return {}; }

  // Waits until everything that was asked for is done.
  virtual Status Finish() { return {}; }
};

// Where tensors live and how they are computed with. Immutable, thread-safe.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual MathType math_type() const = 0;

  // Everything that decides the bits of a result besides its inputs, e.g. "cpu-avx512_bf16-bf16".
  virtual std::string Identity() const = 0;

  // Everything that decides how packed layers are laid out.
  virtual std::string LayoutIdentity() const { return Identity(); }

  // bias: [outputs], or empty for none.
  virtual Result<std::unique_ptr<PackedLinear>> Pack(const PlainWeight& weight,
                                                     std::span<const float> bias, size_t inputs,
                                                     size_t outputs, OutputUse use) const = 0;
  Result<std::unique_ptr<PackedLinear>> Pack(const PlainWeight& weight, std::span<const float> bias,
                                             size_t inputs, size_t outputs) const {
    return Pack(weight, bias, inputs, outputs, OutputUse::kPlain);
  }

  // Whether there is PackBlocks.
  virtual bool KeepsBlocks() const { return false; }

  // A layer whose weight stays in the blocks of a file, which stand as long as `owner`, and is
  // unpacked for each batch: results have the bits that they have of the same numbers and Pack.
  // rows: [outputs].
  virtual Result<std::unique_ptr<PackedLinear>> PackBlocks(std::vector<BlockRow> rows,
                                                           std::shared_ptr<const void> owner,
                                                           std::span<const float> bias,
                                                           size_t inputs, OutputUse use) const;

  // The layer whose image this is, of the same sizes and use, packed by a backend of the same
  // LayoutIdentity(). The image stands as long as `owner`, is aligned to kBufferAlignment, and may
  // be read-only. kMismatch: its parts have other sizes; kUnsupported: as Pack.
  virtual Result<std::unique_ptr<PackedLinear>> Adopt(const PackedImage& image,
                                                      std::shared_ptr<const void> owner,
                                                      size_t inputs, size_t outputs,
                                                      OutputUse use) const;

  virtual Result<std::unique_ptr<Stream>> MakeStream() const = 0;

  // Whether its memory is the host's, so that its matrices' elements may be looked at.
  virtual bool HasHostMemory() const { return true; }
  // Memory of zeros for a matrix. kOutOfMemory. `pitch`: of its rows where the memory is the
  // host's; 0, and elsewhere: without gaps.
  virtual Result<MatrixBuffer> Allocate(tensor::DType dtype, size_t max_rows, size_t columns,
                                        size_t pitch = 0) const;
  virtual Result<Table> Place(tensor::AlignedBuffer<float> numbers) const;

  // How many tokens a batch should have where each takes `token_bytes` of memory: as many as
  // matrix products need to run at full rate.
  virtual size_t BatchTokens(size_t token_bytes) const;
  // Whether what a sublayer gives is best left in the activation type for the norm behind it to
  // add, instead of being added to the state by the product. FeedForward gives that type then, too.
  virtual bool NormsAddSublayers() const { return false; }
  // How many streams are worth having side by side; 0: one for each thread.
  virtual unsigned StreamLimit() const { return 0; }

  tensor::DType activation_type() const { return ActivationType(math_type()); }
};

// Plain loops; sums in the order of the indices. The oracle of every test.
std::unique_ptr<Backend> MakeReferenceBackend(MathType math_type);

// oneDNN and our vector kernels for the best instruction set of this CPU. kUnsupported for bf16 on
// a CPU that does not multiply bf16 itself.
Result<std::unique_ptr<Backend>> MakeCpuBackend(MathType math_type);

// How many threads library calls that thread by themselves (the heads' matrix products) may use
// when made from the calling thread.
void SetLibraryThreads(unsigned threads);

// The instruction set that MakeCpuBackend works with: "amx_bf16", "avx512_bf16", "avx512",
// "avx2_vnni", "avx2" or "baseline".
std::string CpuInstructionSet();

// Bytes that a weight of a linear layer takes once it is packed for this CPU.
size_t CpuWeightBytes(MathType type);

// Makes this process work with the instruction set of that name though its CPU has more; "": the
// best one. Once, before anything is computed. kUsage: no such name, or one that the CPU has not,
// or another one was chosen before.
Status LimitInstructionSet(const std::string& name);

}  // namespace llmembed::compute
