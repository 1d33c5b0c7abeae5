// The fast backend of this machine: AMX, oneDNN or our vector kernels for linear layers, the latter
// for the rest.
#include <algorithm>
#include <utility>

#include "base/cpu.h"
#include "compute/cpu/kernels.h"
#include "compute/cpu/linear/int8_linear.h"
#include "compute/cpu/linear/onednn_linear.h"
#include "compute/cpu/linear/onednn_support.h"
#include "compute/cpu/linear/split_linear.h"
#include "compute/cpu/linear/tile_linear.h"
#include "compute/cpu/linear/vector_linear.h"
#include "compute/cpu/scratch.h"
#include "compute/feed_forward_steps.h"
#include "compute/ops.h"
#include "compute/ref/ref_ops.h"

namespace llmembed::compute {
namespace {

// Who does the linear layers of a type on this CPU.
enum class LinearKind {
  kTiles,    // bf16 and int8 by AMX
  kSplit,    // f32 by AMX
  kVectors,  // f32 and int8
  kInt8,     // oneDNN, with our rounding
  kOneDnn
};
LinearKind KindOf(MathType math_type) {
  if (cpu::LinearUsesTiles(math_type)) return LinearKind::kTiles;
  if (cpu::LinearUsesVectors(math_type)) return LinearKind::kVectors;
  if (math_type == MathType::kInt8) return LinearKind::kInt8;
  const bool is_split = math_type == MathType::kF32 && cpu::OneDnnUsesTiles();
  return is_split ? LinearKind::kSplit : LinearKind::kOneDnn;
}

class CpuStream : public Stream {
 public:
  explicit CpuStream(LinearKind kind) : kind_(kind) {}

  Status Linear(const PackedLinear& weights, const Matrix& in, const Matrix& out,
                Write write) override {
    if (kind_ == LinearKind::kTiles) {
      return tiles_.Linear(static_cast<const cpu::TileLinear&>(weights), in, out, write);
    }
    if (kind_ == LinearKind::kVectors) {
      return vectors_.Linear(static_cast<const cpu::VectorLinear&>(weights), in, out, write);
    }
    if (write == Write::kReplace) return Multiply(weights, in, out);
    LLMEMBED_RETURN_IF_ERROR(cpu::Grow(PaddedRows(out.rows) * out.columns, &product_));
    const Matrix product{tensor::DType::kF32, out.rows, out.columns, product_.data()};
    LLMEMBED_RETURN_IF_ERROR(Multiply(weights, in, product));
    return Add(out, product);
  }

  Status FeedForward(const FeedForwardWeights& weights, const Matrix& in, const Matrix& out,
                     Write write) override {
    if (kind_ == LinearKind::kTiles) return tiles_.FeedForward(weights, in, out, write);
    if (kind_ == LinearKind::kVectors) return vectors_.FeedForward(weights, in, out, write);
    return feed_forward_.Run(weights, in, out, write, this);
  }

  Status Embed(const EmbeddingTables& tables, std::span<const int32_t> ids,
               std::span<const int32_t> position_ids, const Matrix& out) override {
    cpu::Embed(tables, ids, position_ids, out);
    return {};
  }

  Status Add(const Matrix& x, const Matrix& residual) override {
    cpu::Add(x, residual);
    return {};
  }

  Status AddNorm(const NormWeights& weights, const Matrix& x, const Matrix& residual,
                 const Matrix& normed, const Matrix& rounded) override {
    cpu::AddNorm(weights, x, residual, normed, rounded);
    return {};
  }

  Status Activate(Activation activation, const Matrix& x) override {
    cpu::Activate(activation, x);
    return {};
  }

  Status ActivateGated(Activation activation, const Matrix& in, const Matrix& out) override {
    cpu::ActivateGated(activation, in, out);
    return {};
  }

  Status TransformHeads(const AttentionShape& shape, const HeadTransform& transform,
                        const Matrix& qkv) override {
    cpu::TransformHeads(shape, transform, qkv);
    return {};
  }

  Status Attention(const AttentionShape& shape, const PackedTexts& texts, const Matrix& qkv,
                   const Matrix& out) override {
    size_t longest = 0;
    for (size_t text = 0; text < texts.size(); ++text) {
      longest = std::max(longest, texts.before(text) + texts.tokens(text));
    }
    LLMEMBED_RETURN_IF_ERROR(cpu::Grow(cpu::AttentionScratch(shape, longest), &scratch_));
    cpu::Attention(shape, texts, qkv, out, scratch_.data(), uses_tiles_);
    return {};
  }

  Status Pool(PoolRule rule, const PackedTexts& texts, const Matrix& states,
              const Matrix& out) override {
    ref::Pool(rule, texts, states, out);  // its loops are as fast as memory
    return {};
  }

 private:
  // By the runners that only replace. Precondition: neither kTiles nor kVectors.
  Status Multiply(const PackedLinear& weights, const Matrix& in, const Matrix& out) {
    switch (kind_) {
      case LinearKind::kInt8:
        return int8_.Run(static_cast<const cpu::Int8Linear&>(weights), in, out);
      case LinearKind::kSplit:
        return split_.Run(static_cast<const cpu::SplitLinear&>(weights), in, out);
      default:
        return linear_.Run(static_cast<const cpu::OneDnnLinear&>(weights), in, out);
    }
  }

  const LinearKind kind_;
  const bool uses_tiles_ = cpu::OneDnnUsesTiles();
  cpu::TileRunner tiles_;
  cpu::VectorRunner vectors_;
  cpu::SplitRunner split_;
  cpu::OneDnnRunner linear_;
  cpu::Int8Runner int8_;
  FeedForwardSteps feed_forward_;
  tensor::AlignedBuffer<float> product_;  // to be added
  tensor::AlignedBuffer<float> scratch_;
};

class CpuBackend : public Backend {
 public:
  explicit CpuBackend(MathType math_type) : math_type_(math_type) {}

  MathType math_type() const override { return math_type_; }
  std::string Identity() const override {
    const std::string name = "cpu-" + CpuInstructionSet() + "-" + MathTypeName(math_type_);
    if (kind_ == LinearKind::kSplit) return name + "-split";
    if (kind_ == LinearKind::kVectors && math_type_ == MathType::kInt8) {
      return name + (Int8AddsFours() ? "-fours" : "-bytes");
    }
    const bool is_ours = kind_ == LinearKind::kTiles || kind_ == LinearKind::kVectors;
    return is_ours ? name + "-fused" : name;
  }

  std::string LayoutIdentity() const override {
    return Identity() + " " + cpu::TileLayoutName() + " " + cpu::VectorLayoutName() + " " +
           cpu::OneDnnVersion();
  }

  Result<std::unique_ptr<PackedLinear>> Pack(const PlainWeight& weight, std::span<const float> bias,
                                             size_t inputs, size_t outputs,
                                             OutputUse use) const override {
    switch (kind_) {
      case LinearKind::kTiles:
        return cpu::PackTileLinear(math_type_, weight, bias, inputs, outputs, use);
      case LinearKind::kSplit:
        return cpu::PackSplitLinear(weight, bias, inputs, outputs);
      case LinearKind::kVectors:
        return cpu::PackVectorLinear(math_type_, weight, bias, inputs, outputs, use);
      case LinearKind::kInt8:
        return cpu::PackInt8Linear(weight, bias, inputs, outputs);
      default:
        return cpu::PackOneDnnLinear(math_type_, weight, bias, inputs, outputs);
    }
  }

  bool KeepsBlocks() const override {
    return kind_ == LinearKind::kTiles || kind_ == LinearKind::kVectors;
  }

  Result<std::unique_ptr<PackedLinear>> PackBlocks(std::vector<BlockRow> rows,
                                                   std::shared_ptr<const void> owner,
                                                   std::span<const float> bias, size_t inputs,
                                                   OutputUse use) const override {
    switch (kind_) {
      case LinearKind::kTiles:
        return cpu::PackTileBlocks(math_type_, std::move(rows), std::move(owner), bias, inputs,
                                   use);
      case LinearKind::kVectors:
        return cpu::PackVectorBlocks(math_type_, std::move(rows), std::move(owner), bias, inputs,
                                     use);
      default:
        return Backend::PackBlocks({}, nullptr, {}, inputs, use);
    }
  }

  Result<std::unique_ptr<PackedLinear>> Adopt(const PackedImage& image,
                                              std::shared_ptr<const void> owner, size_t inputs,
                                              size_t outputs, OutputUse use) const override {
    switch (kind_) {
      case LinearKind::kTiles:
        return cpu::AdoptTileLinear(math_type_, image, std::move(owner), inputs, outputs, use);
      case LinearKind::kSplit:
        return cpu::AdoptSplitLinear(image, std::move(owner), inputs, outputs);
      case LinearKind::kVectors:
        return cpu::AdoptVectorLinear(math_type_, image, std::move(owner), inputs, outputs, use);
      case LinearKind::kInt8:
        return cpu::AdoptInt8Linear(image, std::move(owner), inputs, outputs);
      default:
        return cpu::AdoptOneDnnLinear(math_type_, image, std::move(owner), inputs, outputs);
    }
  }

  Result<std::unique_ptr<Stream>> MakeStream() const override {
    return std::unique_ptr<Stream>(std::make_unique<CpuStream>(kind_));
  }

 private:
  const MathType math_type_;
  const LinearKind kind_ = KindOf(math_type_);
};

}  // namespace

size_t CpuWeightBytes(MathType type) {
  switch (type) {
    case MathType::kInt8:
    case MathType::kFp8:
      return 1;
    case MathType::kBF16:
      return 2;
    case MathType::kF32:
      break;
  }
  constexpr size_t kSplitBytes = 3 * sizeof(uint16_t);  // a bf16 for each part
  return KindOf(type) == LinearKind::kSplit ? kSplitBytes : sizeof(float);
}

Result<std::unique_ptr<Backend>> MakeCpuBackend(MathType math_type) {
  if (math_type == MathType::kFp8) {
    return Status(StatusCode::kUnsupported, "fp8 needs a GPU that has it; use bf16 or int8");
  }
  if (math_type == MathType::kBF16 && !base::Cpu().avx512_bf16) {
    return Status(
        StatusCode::kUnsupported,
        "bf16 needs a CPU with AVX-512 BF16 instructions, which this one has not; use f32");
  }
  return std::unique_ptr<Backend>(std::make_unique<CpuBackend>(math_type));
}

}  // namespace llmembed::compute
