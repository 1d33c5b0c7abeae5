// The residual stream: additions and norms of rows of f32.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "compute/cpu/rows/norm.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After it: what is compiled once per instruction set.
#include "compute/cpu/kernels.h"
#include "compute/cpu/rows/moments-inl.h"
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

// Reads x + residual, which it puts into x.
struct AddingRow {
  float* x;
  const float* residual;
  HWY_INLINE VF32 At(F32 d, size_t i) const {
    const VF32 sum = hn::Add(LoadFloats(d, x + i), LoadFloats(d, residual + i));
    StoreFloats(d, sum, x + i);
    return sum;
  }
  HWY_INLINE VF32 Some(F32 d, size_t i, size_t n) const {
    const VF32 sum = hn::Add(LoadSomeFloats(d, x + i, n), LoadSomeFloats(d, residual + i, n));
    StoreSomeFloats(d, sum, x + i, n);
    return sum;
  }
};

// Writes the norm of a row, or the row itself where there is no norm. Either of `normed` and
// `rounded` may be null.
template <bool kHasNorm>
void WriteNorm(F32 d, const NormWeights& weights, const Moments& moments, const float* x,
               size_t count, float* normed, uint16_t* rounded) {
  ForEachVector(
      d, count,
      [&](size_t i) {
        VF32 v = LoadFloats(d, x + i);
        const auto load = [d](const float* from) { return LoadFloats(d, from); };
        if constexpr (kHasNorm) v = Norm(d, weights, moments, v, i, load);
        if (normed != nullptr) StoreFloats(d, v, normed + i);
        if (rounded != nullptr) StoreFloats(d, v, rounded + i);
      },
      [&](size_t i, size_t n) {
        VF32 v = LoadSomeFloats(d, x + i, n);
        const auto load = [d, n](const float* from) { return LoadSomeFloats(d, from, n); };
        if constexpr (kHasNorm) v = Norm(d, weights, moments, v, i, load);
        if (normed != nullptr) StoreSomeFloats(d, v, normed + i, n);
        if (rounded != nullptr) StoreSomeFloats(d, v, rounded + i, n);
      });
}

void AddNormRows(const NormWeights& weights, const Matrix& x, const Matrix& residual,
                 const Matrix& normed, const Matrix& rounded) {
  const F32 d;
  const size_t width = x.columns;
  for (size_t r = 0; r < x.rows; ++r) {
    float* values = x.f32() + r * width;
    const float* added = residual.data != nullptr ? residual.f32() + r * width : nullptr;
    float* normed_row = normed.data != nullptr ? normed.f32() + r * width : nullptr;
    uint16_t* rounded_row =
        rounded.data != nullptr ? rounded.bf16() + r * rounded.row_pitch() : nullptr;
    const Row<float> row{values};
    if (weights.scale.empty()) {
      if (added != nullptr) AddRow(d, values, added, width);
      WriteNorm<false>(d, weights, {}, values, width, normed_row, rounded_row);
    } else {
      const Moments moments = added != nullptr
                                  ? MomentsOf(d, weights, AddingRow{values, added}, row, width)
                                  : MomentsOf(d, weights, row, row, width);
      WriteNorm<true>(d, weights, moments, values, width, normed_row, rounded_row);
    }
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
