// Functions of vectors of floats, as exact as the type they are stored in can tell: without
// divisions and table look-ups, by operations that every CPU rounds alike. Included once per
// instruction set.
#if defined(LLMEMBED_COMPUTE_CPU_VECTOR_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LLMEMBED_COMPUTE_CPU_VECTOR_MATH_INL_H_
#undef LLMEMBED_COMPUTE_CPU_VECTOR_MATH_INL_H_
#else
#define LLMEMBED_COMPUTE_CPU_VECTOR_MATH_INL_H_
#endif

#include <cstdint>

#include "compute/cpu/vector_io-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

// Results that are stored as f32 are computed to the last bits of f32; those of bf16, which has 8
// bits, to 13.
template <typename T>
inline constexpr bool kIsExact = sizeof(T) == sizeof(float);

// c0 + x (c1 + x (c2 + ...))
template <typename... Rest>
HWY_INLINE VF32 Polynomial(F32 d, VF32 x, float c0, Rest... rest) {
  if constexpr (sizeof...(rest) == 0) {
    return hn::Set(d, c0);
  } else {
    return hn::MulAdd(Polynomial(d, x, rest...), x, hn::Set(d, c0));
  }
}

#if HWY_TARGET == HWY_AVX3
// Exp2<false> with what AVX-512 has for it: 2^(x - floor(x)) is a minimax polynomial (relative
// error 8e-5). No power is less than 2^-126, which would be denormal and take a hundred times as
// long.
HWY_INLINE VF32 Exp2Rounded(F32 d, VF32 x) {
  x = hn::Max(hn::Set(d, -126.0F), x);
  const VF32 fraction{_mm512_reduce_ps(x.raw, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC)};
  const VF32 power = Polynomial(d, fraction, 0.99992526F, 0.6958335F, 0.2260672F, 0.07802454F);
  return VF32{_mm512_scalef_ps(power.raw, x.raw)};
}
#endif

// 2^x for x <= 127; 0 from -127 down, or 2^-126 when not exact. NaN stays NaN.
// x is rounded to a whole number n by adding 1.5 * 2^23, whose lowest bits then are n; 2^(x - n)
// is a minimax polynomial on [-1/2, 1/2] (relative error 1e-7; 1e-4 when not exact).
template <bool kExact>
HWY_INLINE VF32 Exp2(F32 d, VF32 x) {
#if HWY_TARGET == HWY_AVX3
  if constexpr (!kExact) return Exp2Rounded(d, x);
#endif
  const hn::RebindToUnsigned<F32> du;
  x = hn::Max(hn::Set(d, -127.0F), x);
  const VF32 magic = hn::Set(d, 12582912.0F);
  const VF32 shifted = hn::Add(x, magic);
  const VF32 fraction = hn::Sub(x, hn::Sub(shifted, magic));
  VF32 power;
  if constexpr (kExact) {
    power = Polynomial(d, fraction, 1.0F, 0.6931470036506653F, 0.24022242426872253F,
                       0.05550733581185341F, 0.009671512991189957F, 0.0013264730805531144F);
  } else {
    power = Polynomial(d, fraction, 1.0F, 0.6932829022407532F, 0.24221095442771912F,
                       0.055008936673402786F);
  }
  const auto exponent = hn::ShiftLeft<23>(hn::BitCast(du, shifted));
  return hn::BitCast(d, hn::Add(hn::BitCast(du, power), exponent));
}

// 1 / x for x in [1, 2^125]: a line through the logarithm as the first guess (5 % off), then
// Newton's iteration, which squares the error each time.
template <bool kExact>
HWY_INLINE VF32 Reciprocal(F32 d, VF32 x) {
  const hn::RebindToUnsigned<F32> du;
  VF32 inverse = hn::BitCast(d, hn::Sub(hn::Set(du, 0x7EF311C7), hn::BitCast(du, x)));
  for (int i = 0; i < (kExact ? 3 : 2); ++i) {
    inverse = hn::Mul(inverse, hn::NegMulAdd(x, inverse, hn::Set(d, 2.0F)));
  }
  return inverse;
}

// 1 / (1 + 2^x) for any x.
template <bool kExact>
HWY_INLINE VF32 Logistic2(F32 d, VF32 x) {
  const VF32 power = Exp2<kExact>(d, hn::Min(hn::Set(d, 125.0F), x));
  return Reciprocal<kExact>(d, hn::Add(hn::Set(d, 1.0F), power));
}

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
