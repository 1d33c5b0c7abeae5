// The residual stream: additions and norms of rows of f32.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "compute/cpu/norm.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After it: what is compiled once per instruction set.
#include "compute/cpu/kernels.h"
#include "compute/cpu/moments-inl.h"
#include "compute/cpu/vector_io-inl.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

void AddRow(F32 d, float* x, const float* residual, size_t count) {
  ForEachVector(
      d, count,
      [=](size_t i) {
        StoreFloats(d, hn::Add(LoadFloats(d, x + i), LoadFloats(d, residual + i)), x + i);
      },
      [=](size_t i, size_t n) {
        for (size_t j = i; j < i + n; ++j) x[j] += residual[j];
      });
}

// Either of `normed` and `rounded` may be null.
void NormRow(F32 d, const NormWeights& weights, const float* x, size_t count, float* normed,
             uint16_t* rounded) {
  const bool has_norm = !weights.scale.empty();
  const Moments moments = has_norm ? MomentsOf(d, weights, x, count) : Moments{};
  ForEachVector(
      d, count,
      [&](size_t i) {
        VF32 v = LoadFloats(d, x + i);
        const auto load = [d](const float* from) { return LoadFloats(d, from); };
        if (has_norm) v = Norm(d, weights, moments, v, i, load);
        if (normed != nullptr) StoreFloats(d, v, normed + i);
        if (rounded != nullptr) StoreFloats(d, v, rounded + i);
      },
      [&](size_t i, size_t n) {
        VF32 v = LoadSomeFloats(d, x + i, n);
        const auto load = [d, n](const float* from) { return LoadSomeFloats(d, from, n); };
        if (has_norm) v = Norm(d, weights, moments, v, i, load);
        if (normed != nullptr) StoreSomeFloats(d, v, normed + i, n);
        if (rounded != nullptr) StoreSomeFloats(d, v, rounded + i, n);
      });
}

void AddNormRows(const NormWeights& weights, const Matrix& x, const Matrix& residual,
                 const Matrix& normed, const Matrix& rounded) {
  const F32 d;
  const size_t width = x.columns;
  for (size_t row = 0; row < x.rows; ++row) {
    float* values = x.f32() + row * width;
    if (residual.data != nullptr) AddRow(d, values, residual.f32() + row * width, width);
    NormRow(d, weights, values, width,
            normed.data != nullptr ? normed.f32() + row * width : nullptr,
            rounded.data != nullptr ? rounded.bf16() + row * width : nullptr);
  }
}

void AddRows(const Matrix& x, const Matrix& residual) {
  AddRow(F32(), x.f32(), residual.f32(), x.rows * x.columns);
}

void EmbedAll(const EmbeddingTables& tables, std::span<const int32_t> ids,
              std::span<const int32_t> position_ids, const Matrix& out) {
  const F32 d;
  const size_t width = out.columns;
  const VF32 scale = hn::Set(d, tables.word_scale);
  for (size_t t = 0; t < ids.size(); ++t) {
    const float* word = tables.words.data() + static_cast<size_t>(ids[t]) * width;
    float* row = out.f32() + t * width;
    ForEachVector(
        d, width,
        [&](size_t i) { StoreFloats(d, hn::Mul(LoadFloats(d, word + i), scale), row + i); },
        [&](size_t i, size_t n) {
          for (size_t j = i; j < i + n; ++j) row[j] = word[j] * tables.word_scale;
        });
    if (!tables.token_type.empty()) AddRow(d, row, tables.token_type.data(), width);
    if (!tables.positions.empty()) {
      AddRow(d, row, tables.positions.data() + static_cast<size_t>(position_ids[t]) * width, width);
    }
  }
}

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace llmembed::compute::cpu {

HWY_EXPORT(AddRows);
HWY_EXPORT(AddNormRows);
HWY_EXPORT(EmbedAll);

void Add(const Matrix& x, const Matrix& residual) { HWY_DYNAMIC_DISPATCH(AddRows)(x, residual); }

void AddNorm(const NormWeights& weights, const Matrix& x, const Matrix& residual,
             const Matrix& normed, const Matrix& rounded) {
  HWY_DYNAMIC_DISPATCH(AddNormRows)(weights, x, residual, normed, rounded);
}

void Embed(const EmbeddingTables& tables, std::span<const int32_t> ids,
           std::span<const int32_t> position_ids, const Matrix& out) {
  HWY_DYNAMIC_DISPATCH(EmbedAll)(tables, ids, position_ids, out);
}

}  // namespace llmembed::compute::cpu
#endif  // HWY_ONCE
