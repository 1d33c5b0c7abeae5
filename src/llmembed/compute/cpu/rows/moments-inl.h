// Mean and spread of a row, in f32. Included once per instruction set.
#if defined(LLMEMBED_COMPUTE_CPU_ROWS_MOMENTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LLMEMBED_COMPUTE_CPU_ROWS_MOMENTS_INL_H_
#undef LLMEMBED_COMPUTE_CPU_ROWS_MOMENTS_INL_H_
#else
#define LLMEMBED_COMPUTE_CPU_ROWS_MOMENTS_INL_H_
#endif

#include <cmath>
#include <cstddef>

#include "compute/cpu/vector_io-inl.h"
#include "compute/ops.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

// How a row is read: At(i) gives a vector of floats, Some(i, n) the first n of one and zeros.
template <typename T>
struct Row {
  const T* first;
  HWY_INLINE VF32 At(F32 d, size_t i) const { return LoadFloats(d, first + i); }
  HWY_INLINE VF32 Some(F32 d, size_t i, size_t n) const { return LoadSomeFloats(d, first + i, n); }
};

// The sum of term(x) over the `count` elements of a row, four vectors of sums side by side: the
// order of the additions depends on `count` alone.
template <typename AnyRow, typename Term>
HWY_INLINE float SumOf(F32 d, const AnyRow& row, size_t count, const Term& term) {
  const size_t lanes = hn::Lanes(d);
  VF32 sum0 = hn::Zero(d);
  VF32 sum1 = sum0;
  VF32 sum2 = sum0;
  VF32 sum3 = sum0;
  size_t i = 0;
  for (; i + 4 * lanes <= count; i += 4 * lanes) {
    sum0 = hn::Add(sum0, term(row.At(d, i)));
    sum1 = hn::Add(sum1, term(row.At(d, i + lanes)));
    sum2 = hn::Add(sum2, term(row.At(d, i + 2 * lanes)));
    sum3 = hn::Add(sum3, term(row.At(d, i + 3 * lanes)));
  }
  for (; i + lanes <= count; i += lanes) sum0 = hn::Add(sum0, term(row.At(d, i)));
  if (i < count) {
    const VF32 last = term(row.Some(d, i, count - i));
    sum1 = hn::Add(sum1, hn::IfThenElseZero(hn::FirstN(d, count - i), last));
  }
  const VF32 sum = hn::Add(hn::Add(sum0, sum1), hn::Add(sum2, sum3));
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

// A norm is (x - mean) * factor, scaled and shifted.
struct Moments {
  float mean;    // 0 for kRms
  float factor;  // 1 / sqrt(mean of squares about `mean` + epsilon)
};

// `first` is read once and first of all, `again` whenever the row is needed after that. Two passes
// where there is a mean: the second moment about it has no cancellation.
template <typename FirstRow, typename AgainRow>
HWY_INLINE Moments MomentsOf(F32 d, const NormWeights& weights, const FirstRow& first,
                             const AgainRow& again, size_t count) {
  const auto n = static_cast<float>(count);
  const auto factor = [&](float squares) {
    return 1.0F / std::sqrt(squares / n + weights.epsilon);
  };
  if (weights.kind == NormKind::kRms) {
    return {0.0F, factor(SumOf(d, first, count, [](VF32 v) { return hn::Mul(v, v); }))};
  }
  const float mean = SumOf(d, first, count, [](VF32 v) { return v; }) / n;
  const VF32 centre = hn::Set(d, mean);
  return {mean, factor(SumOf(d, again, count, [centre](VF32 v) {
            const VF32 off = hn::Sub(v, centre);
            return hn::Mul(off, off);
          }))};
}

// The norm of the elements `x` from `i` on; `load` reads as many of a table.
template <typename Load>
HWY_INLINE VF32 Norm(F32 d, const NormWeights& weights, const Moments& moments, VF32 x, size_t i,
                     const Load& load) {
  const VF32 normal = hn::Mul(hn::Sub(x, hn::Set(d, moments.mean)), hn::Set(d, moments.factor));
  const VF32 scale = load(weights.scale.data() + i);
  if (weights.shift.empty()) return hn::Mul(normal, scale);
  return hn::MulAdd(normal, scale, load(weights.shift.data() + i));
}

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
