#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "compute/cpu/layer_norm.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After it: what is compiled once per instruction set.
#include "compute/cpu/kernels.h"
#include "compute/cpu/vector_io-inl.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

// x[0, width) = (x + residual - mean) / sqrt(variance + epsilon) * scale + shift, two passes over
// the row after the sum: the second moment about the mean has no cancellation.
void NormRow(const LayerNormWeights& weights, size_t width, float* x, const float* residual,
             uint16_t* rounded) {
  const F32 d;
  const size_t lanes = hn::Lanes(d);
  const size_t whole = width / lanes * lanes;
  VF32 total = hn::Zero(d);
  float tail_total = 0.0F;
  for (size_t i = 0; i < whole; i += lanes) {
    VF32 v = LoadFloats(d, x + i);
    if (residual != nullptr) {
      v = hn::Add(v, LoadFloats(d, residual + i));
      StoreFloats(d, v, x + i);
    }
    total = hn::Add(total, v);
  }
  for (size_t i = whole; i < width; ++i) {
    if (residual != nullptr) x[i] += residual[i];
    tail_total += x[i];
  }
  const auto count = static_cast<float>(width);
  const float mean = (hn::GetLane(hn::SumOfLanes(d, total)) + tail_total) / count;

  const VF32 mean_v = hn::Set(d, mean);
  VF32 squares = hn::Zero(d);
  float tail_squares = 0.0F;
  for (size_t i = 0; i < whole; i += lanes) {
    const VF32 centred = hn::Sub(LoadFloats(d, x + i), mean_v);
    squares = hn::MulAdd(centred, centred, squares);
  }
  for (size_t i = whole; i < width; ++i) tail_squares += (x[i] - mean) * (x[i] - mean);
  const float variance = (hn::GetLane(hn::SumOfLanes(d, squares)) + tail_squares) / count;

  const float factor = 1.0F / std::sqrt(variance + weights.epsilon);
  const VF32 factor_v = hn::Set(d, factor);
  for (size_t i = 0; i < whole; i += lanes) {
    const VF32 normal = hn::Mul(hn::Sub(LoadFloats(d, x + i), mean_v), factor_v);
    const VF32 v = hn::MulAdd(normal, LoadFloats(d, weights.scale.data() + i),
                              LoadFloats(d, weights.shift.data() + i));
    StoreFloats(d, v, x + i);
    if (rounded != nullptr) StoreFloats(d, v, rounded + i);
  }
  for (size_t i = whole; i < width; ++i) {
    x[i] = (x[i] - mean) * factor * weights.scale[i] + weights.shift[i];
    if (rounded != nullptr) rounded[i] = tensor::BF16FromFloat(x[i]);
  }
}

void NormRows(const LayerNormWeights& weights, const Matrix& x, const Matrix& residual,
              const Matrix& rounded) {
  const size_t width = x.columns;
  for (size_t row = 0; row < x.rows; ++row) {
    NormRow(weights, width, x.f32() + row * width,
            residual.data != nullptr ? residual.f32() + row * width : nullptr,
            rounded.data != nullptr ? rounded.bf16() + row * width : nullptr);
  }
}

void EmbedAll(const EmbeddingTables& tables, std::span<const int32_t> ids,
              std::span<const int32_t> position_ids, const Matrix& out) {
  const F32 d;
  const size_t lanes = hn::Lanes(d);
  const size_t width = out.columns;
  const size_t whole = width / lanes * lanes;
  const float* type = tables.token_type.empty() ? nullptr : tables.token_type.data();
  for (size_t t = 0; t < ids.size(); ++t) {
    const float* word = tables.words.data() + static_cast<size_t>(ids[t]) * width;
    const float* position = tables.positions.data() + static_cast<size_t>(position_ids[t]) * width;
    float* row = out.f32() + t * width;
    for (size_t i = 0; i < whole; i += lanes) {
      VF32 v = LoadFloats(d, word + i);
      if (type != nullptr) v = hn::Add(v, LoadFloats(d, type + i));
      StoreFloats(d, hn::Add(v, LoadFloats(d, position + i)), row + i);
    }
    for (size_t i = whole; i < width; ++i) {
      row[i] = word[i] + (type != nullptr ? type[i] : 0.0F) + position[i];
    }
  }
}

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace llmembed::compute::cpu {

HWY_EXPORT(NormRows);
HWY_EXPORT(EmbedAll);

void AddLayerNorm(const LayerNormWeights& weights, const Matrix& x, const Matrix& residual,
                  const Matrix& rounded) {
  HWY_DYNAMIC_DISPATCH(NormRows)(weights, x, residual, rounded);
}

void EmbedRows(const EmbeddingTables& tables, std::span<const int32_t> ids,
               std::span<const int32_t> position_ids, const Matrix& out) {
  HWY_DYNAMIC_DISPATCH(EmbedAll)(tables, ids, position_ids, out);
}

}  // namespace llmembed::compute::cpu
#endif  // HWY_ONCE
