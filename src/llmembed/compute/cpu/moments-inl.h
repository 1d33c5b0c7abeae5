// Mean and spread of a row, in f32. Included once per instruction set.
#if defined(LLMEMBED_COMPUTE_CPU_MOMENTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LLMEMBED_COMPUTE_CPU_MOMENTS_INL_H_
#undef LLMEMBED_COMPUTE_CPU_MOMENTS_INL_H_
#else
#define LLMEMBED_COMPUTE_CPU_MOMENTS_INL_H_
#endif

#include <cmath>
#include <cstddef>

#include "compute/cpu/vector_io-inl.h"
#include "compute/ops.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

// The sum of term(x) over `count` elements of `x`, four vectors of sums side by side: the order of
// the additions depends on `count` alone. term(0) of the last vector's missing elements is not
// part of the sum.
template <typename T, typename Term>
HWY_INLINE float SumOf(F32 d, const T* x, size_t count, const Term& term) {
  const size_t lanes = hn::Lanes(d);
  VF32 sums[4] = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
  size_t i = 0;
  for (; i + 4 * lanes <= count; i += 4 * lanes) {
    for (size_t j = 0; j < 4; ++j) {
      sums[j] = hn::Add(sums[j], term(LoadFloats(d, x + i + j * lanes)));
    }
  }
  for (; i + lanes <= count; i += lanes) sums[0] = hn::Add(sums[0], term(LoadFloats(d, x + i)));
  if (i < count) {
    const VF32 last = term(LoadSomeFloats(d, x + i, count - i));
    sums[1] = hn::Add(sums[1], hn::IfThenElseZero(hn::FirstN(d, count - i), last));
  }
  const VF32 sum = hn::Add(hn::Add(sums[0], sums[1]), hn::Add(sums[2], sums[3]));
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

// A norm is (x - mean) * factor, scaled and shifted.
struct Moments {
  float mean;    // 0 for kRms
  float factor;  // 1 / sqrt(mean of squares about `mean` + epsilon)
};

// Two passes: the second moment about the mean has no cancellation.
template <typename T>
HWY_INLINE Moments MomentsOf(F32 d, const NormWeights& weights, const T* x, size_t count) {
  const auto n = static_cast<float>(count);
  float mean = 0.0F;
  if (weights.kind == NormKind::kLayer) {
    mean = SumOf(d, x, count, [](VF32 v) { return v; }) / n;
  }
  const VF32 centre = hn::Set(d, mean);
  const float squares = SumOf(d, x, count, [centre](VF32 v) {
    const VF32 off = hn::Sub(v, centre);
    return hn::Mul(off, off);
  });
  return {mean, 1.0F / std::sqrt(squares / n + weights.epsilon)};
}

// The norm of the elements from `i` on; `load` reads a vector of f32, or the first of one.
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
