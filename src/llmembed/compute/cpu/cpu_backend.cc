// The fast backend of this machine: oneDNN for linear layers, our vector kernels for the rest.
#include "base/cpu.h"
#include "compute/cpu/kernels.h"
#include "compute/cpu/onednn_linear.h"
#include "compute/ops.h"

namespace llmembed::compute {
namespace {

class CpuStream : public Stream {
 public:
  explicit CpuStream(std::unique_ptr<Stream> reference) : reference_(std::move(reference)) {}

  Status Linear(const PackedLinear& weights, const Matrix& in, const Matrix& out) override {
    return linear_.Run(static_cast<const cpu::OneDnnLinear&>(weights), in, out);
  }

  Status Embed(const EmbeddingTables& tables, std::span<const int32_t> ids,
               std::span<const int32_t> position_ids, const Matrix& out) override {
    return reference_->Embed(tables, ids, position_ids, out);
  }

  Status Add(const Matrix& x, const Matrix& residual) override {
    return reference_->Add(x, residual);
  }

  Status AddNorm(const NormWeights& weights, const Matrix& x, const Matrix& residual,
                 const Matrix& normed, const Matrix& rounded) override {
    return reference_->AddNorm(weights, x, residual, normed, rounded);
  }

  Status Activate(Activation activation, const Matrix& x) override {
    return reference_->Activate(activation, x);
  }

  Status ActivateGated(Activation activation, const Matrix& in, const Matrix& out) override {
    return reference_->ActivateGated(activation, in, out);
  }

  Status TransformHeads(const AttentionShape& shape, const HeadTransform& transform,
                        const Matrix& qkv) override {
    return reference_->TransformHeads(shape, transform, qkv);
  }

  Status Attention(const AttentionShape& shape, const PackedTexts& texts, const Matrix& qkv,
                   const Matrix& out) override {
    return reference_->Attention(shape, texts, qkv, out);
  }

 private:
  cpu::OneDnnRunner linear_;
  std::unique_ptr<Stream> reference_;
};

class CpuBackend : public Backend {
 public:
  explicit CpuBackend(MathType math_type) : math_type_(math_type) {}

  MathType math_type() const override { return math_type_; }
  std::string Identity() const override {
    return "cpu-" + CpuInstructionSet() + (math_type_ == MathType::kBF16 ? "-bf16" : "-f32");
  }

  Result<std::unique_ptr<PackedLinear>> Pack(const PlainWeight& weight, std::span<const float> bias,
                                             size_t inputs, size_t outputs) const override {
    return cpu::PackOneDnnLinear(math_type_, weight, bias, inputs, outputs);
  }

  Result<std::unique_ptr<Stream>> MakeStream() const override {
    LLMEMBED_ASSIGN_OR_RETURN(auto reference, MakeReferenceBackend(math_type_)->MakeStream());
    return std::unique_ptr<Stream>(std::make_unique<CpuStream>(std::move(reference)));
  }

 private:
  MathType math_type_;
};

}  // namespace

std::string CpuInstructionSet() {
  const std::string target = cpu::KernelTarget();
  if (target != "avx512" || !base::Cpu().avx512_bf16) return target;
  return cpu::OneDnnUsesTiles() ? "amx_bf16" : "avx512_bf16";
}

Result<std::unique_ptr<Backend>> MakeCpuBackend(MathType math_type) {
  if (math_type == MathType::kBF16 && !base::Cpu().avx512_bf16) {
    return Status(
        StatusCode::kUnsupported,
        "bf16 needs a CPU with AVX-512 BF16 instructions, which this one has not; use f32");
  }
  return std::unique_ptr<Backend>(std::make_unique<CpuBackend>(math_type));
}

}  // namespace llmembed::compute
