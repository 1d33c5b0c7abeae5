#include <algorithm>

#include "compute/cuda/device/kernels.cuh"
#include "compute/cuda/device/stream.cuh"
#include "compute/cuda/memory_plan.h"

namespace llmembed::compute::cuda {

Result<std::unique_ptr<Stream>> CudaStream::Create(int device, MathType math_type,
                                                   std::shared_ptr<KernelChoices> choices) {
  std::unique_ptr<CudaStream> made(new CudaStream(device, math_type));
  LLMEMBED_RETURN_IF_ERROR(made->Use());
  cudaStream_t stream = nullptr;
  LLMEMBED_RETURN_IF_ERROR(
      CudaStatus(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "stream"));
  made->stream_.reset(stream, [](cudaStream_t old) { (void)cudaStreamDestroy(old); });
  LLMEMBED_ASSIGN_OR_RETURN(auto linear, LinearRunner::Create(std::move(choices)));
  made->linear_ = std::make_unique<LinearRunner>(std::move(linear));
  return std::unique_ptr<Stream>(std::move(made));
}

Status CudaStream::Linear(const PackedLinear& weights, const Matrix& in, const Matrix& out,
                          Write write) {
  return Multiply(weights, in, out, write, /*has_gelu=*/false);
}

Status CudaStream::Multiply(const PackedLinear& weights, const Matrix& in, const Matrix& out,
                            Write write, bool has_gelu) {
  LLMEMBED_RETURN_IF_ERROR(linear_->Run(static_cast<const CudaLinear&>(weights), in,
                                        fp8_.ScalesOf(in), out, write, has_gelu, stream_.get()));
  fp8_.Release(out);
  return {};
}

Status CudaStream::Reserve(size_t rows, size_t width) {
  const size_t bytes =
      PaddedDeviceRows(rows) * width * tensor::DTypeSize(ActivationType(math_type_));
  if (bytes <= inner_bytes_) return {};
  LLMEMBED_RETURN_IF_ERROR(Use());
  LLMEMBED_RETURN_IF_ERROR(CudaStatus(cudaStreamSynchronize(stream_.get()), "stream"));
  inner_.reset();
  inner_bytes_ = 0;
  LLMEMBED_ASSIGN_OR_RETURN(inner_, AllocateDevice(bytes));
  inner_bytes_ = bytes;
  return math_type_ == MathType::kFp8 ? linear_->Reserve(rows, width, stream_.get()) : Status();
}

Status CudaStream::FeedForward(const FeedForwardWeights& weights, const Matrix& in,
                               const Matrix& out, Write write) {
  const size_t wide = weights.in->outputs();
  const size_t narrow = weights.out->inputs();
  LLMEMBED_RETURN_IF_ERROR(Reserve(in.rows, weights.is_gated ? wide + narrow : wide));
  const Matrix inner{in.dtype, in.rows, wide, inner_.get()};
  // Behind a product in bf16 both GELUs are the one by tanh: they are less apart than bf16's
  // numbers.
  const bool is_gelu =
      weights.activation == Activation::kGeluErf || weights.activation == Activation::kGeluTanh;
  const bool fuses = is_gelu && !weights.is_gated && in.dtype == tensor::DType::kBF16;
  LLMEMBED_RETURN_IF_ERROR(Multiply(*weights.in, in, inner, Write::kReplace, fuses));
  if (weights.is_gated) return GateAndMultiply(weights, inner, out, write);
  if (!fuses) LLMEMBED_RETURN_IF_ERROR(Activate(weights.activation, inner));
  return Linear(*weights.out, inner, out, write);
}

Status CudaStream::GateAndMultiply(const FeedForwardWeights& weights, const Matrix& inner,
                                   const Matrix& out, Write write) {
  const auto& linear = static_cast<const CudaLinear&>(*weights.out);
  const size_t width = linear.inputs();
  const size_t inner_bytes =
      PaddedDeviceRows(inner.rows) * inner.columns * tensor::DTypeSize(inner.dtype);
  const Matrix activated{inner.dtype, inner.rows, width,
                         static_cast<std::byte*>(inner_.get()) + inner_bytes};
  if (linear.operand != Operand::kFp8 || !GateGivesFp8(width)) {
    LLMEMBED_RETURN_IF_ERROR(ActivateGated(weights.activation, inner, activated));
    return Linear(linear, activated, out, write);
  }
  LLMEMBED_RETURN_IF_ERROR(linear_->Reserve(inner.rows, width, stream_.get()));
  const Fp8Rows rows{activated.data, linear_->input_scales()};
  LLMEMBED_RETURN_IF_ERROR(
      LaunchActivateGatedFp8(weights.activation, inner, width, rows, stream_.get()));
  fp8_.Release(out);
  return linear_->Run(linear, activated, rows.scales, out, write, /*has_gelu=*/false,
                      stream_.get());
}

Status CudaStream::Embed(const EmbeddingTables& tables, std::span<const int32_t> ids,
                         std::span<const int32_t> position_ids, const Matrix& out) {
  LLMEMBED_RETURN_IF_ERROR(Use());  // a batch's first operation, perhaps on a new thread
  LLMEMBED_ASSIGN_OR_RETURN(const int32_t* device_ids, ids_.Send(ids, stream_.get()));
  const int32_t* device_positions = nullptr;
  if (!tables.positions.empty()) {
    LLMEMBED_ASSIGN_OR_RETURN(device_positions, positions_.Send(position_ids, stream_.get()));
  }
  return LaunchEmbed(tables, device_ids, device_positions, out, stream_.get());
}

Status CudaStream::Add(const Matrix& x, const Matrix& residual) {
  return LaunchAdd(x, residual, stream_.get());
}

Status CudaStream::AddNorm(const NormWeights& weights, const Matrix& x, const Matrix& residual,
                           const Matrix& normed, const Matrix& rounded) {
  if (math_type_ != MathType::kFp8 || rounded.data == nullptr ||
      !NormGivesFp8(weights, x.columns)) {
    fp8_.Release(rounded);
    return LaunchAddNorm(weights, x, residual, normed, rounded, {}, stream_.get());
  }
  // What only products read need not be written as bf16 first.
  LLMEMBED_ASSIGN_OR_RETURN(const Fp8Rows quantized, fp8_.Hold(rounded));
  return LaunchAddNorm(weights, x, residual, normed, {}, quantized, stream_.get());
}

Status CudaStream::Activate(Activation activation, const Matrix& x) {
  return LaunchActivate(activation, x, stream_.get());
}

Status CudaStream::ActivateGated(Activation activation, const Matrix& in, const Matrix& out) {
  return LaunchActivateGated(activation, in, out, stream_.get());
}

Status CudaStream::TransformHeads(const AttentionShape& shape, const HeadTransform& transform,
                                  const Matrix& qkv) {
  return LaunchTransformHeads(shape, transform, qkv, stream_.get());
}

bool CudaStream::Places::Are(const PackedTexts& texts) const {
  return std::ranges::equal(starts, texts.starts) && std::ranges::equal(lengths, texts.lengths);
}

void CudaStream::Places::Take(const PackedTexts& texts) {
  starts.assign(texts.starts.begin(), texts.starts.end());
  lengths.assign(texts.lengths.begin(), texts.lengths.end());
}

Status CudaStream::PlanFor(const PackedTexts& texts, bool is_bf16) {
  if (planned_bf16_ == is_bf16 && planned_.Are(texts)) return {};
  warps_ = is_bf16 ? WarpsForAttention(texts) : 1;
  const std::vector<AttentionTile> tiles = PlanAttention(texts, warps_ * kWarpQueries);
  LLMEMBED_ASSIGN_OR_RETURN(device_tiles_,
                            tiles_.Send(std::span<const AttentionTile>(tiles), stream_.get()));
  tile_count_ = tiles.size();
  planned_bf16_ = is_bf16;
  planned_.Take(texts);
  return {};
}

Status CudaStream::Attention(const AttentionShape& shape, const PackedTexts& texts,
                             const Matrix& qkv, const Matrix& out) {
  for (size_t text = 0; text < texts.size(); ++text) {
    if (texts.before(text) == 0) continue;
    return {StatusCode::kUnsupported, "texts that continue others are not read on a GPU"};
  }
  const bool is_bf16 = qkv.dtype == tensor::DType::kBF16;
  LLMEMBED_RETURN_IF_ERROR(PlanFor(texts, is_bf16));
  fp8_.Release(out);
  if (tile_count_ == 0) return {};
  const AttentionLaunch launch{device_tiles_, tile_count_, warps_};
  return is_bf16 ? LaunchAttentionBF16(shape, launch, qkv, out, stream_.get())
                 : LaunchAttentionF32(shape, launch, qkv, out, stream_.get());
}

Status CudaStream::SendPlaces(const PackedTexts& texts) {
  if (device_starts_ != nullptr && pooled_.Are(texts)) return {};
  LLMEMBED_ASSIGN_OR_RETURN(device_starts_, starts_.Send(texts.starts, stream_.get()));
  device_lengths_ = nullptr;
  if (!texts.lengths.empty()) {
    LLMEMBED_ASSIGN_OR_RETURN(device_lengths_, lengths_.Send(texts.lengths, stream_.get()));
  }
  pooled_.Take(texts);
  return {};
}

Status CudaStream::Pool(PoolRule rule, const PackedTexts& texts, const Matrix& states,
                        const Matrix& out) {
  LLMEMBED_RETURN_IF_ERROR(SendPlaces(texts));
  return LaunchPool(rule, device_starts_, device_lengths_, texts.size(), states, out,
                    stream_.get());
}

Result<std::span<const float>> CudaStream::Stage(size_t slot, std::span<const float> numbers) {
  LLMEMBED_RETURN_IF_ERROR(Use());
  LLMEMBED_ASSIGN_OR_RETURN(const float* sent, staged_[slot].Send(numbers, stream_.get()));
  return std::span<const float>(sent, numbers.size());
}

Status CudaStream::Put(std::span<const float> from, const Matrix& to) {
  LLMEMBED_RETURN_IF_ERROR(Use());
  LLMEMBED_ASSIGN_OR_RETURN(const float* sent, put_.Send(from, stream_.get()));
  fp8_.Release(to);
  if (to.dtype == tensor::DType::kBF16) {
    return LaunchRound(sent, to.data, from.size(), stream_.get());
  }
  return CudaStatus(
      cudaMemcpyAsync(to.data, sent, from.size_bytes(), cudaMemcpyDeviceToDevice, stream_.get()),
      "copy on the GPU");
}

Status CudaStream::Fetch(const Matrix& from, std::span<float> to) {
  const float* scales = fp8_.ScalesOf(from);
  if (scales == nullptr) return downloads_.Start(from, to, stream_.get());
  LLMEMBED_ASSIGN_OR_RETURN(const Matrix plain, linear_->Dequantized(from, scales, stream_.get()));
  return downloads_.Start(plain, to, stream_.get());
}

Status CudaStream::Finish() {
  LLMEMBED_RETURN_IF_ERROR(CudaStatus(cudaStreamSynchronize(stream_.get()), "end of a batch"));
  downloads_.HandOn();
  return {};
}

}  // namespace llmembed::compute::cuda
