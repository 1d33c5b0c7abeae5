// Vectors of floats from and to memory that holds f32 or bf16. Included once per instruction set.
// No include guard of the usual kind: see Highway's quick reference, "-inl.h files".
#if defined(LLMEMBED_COMPUTE_CPU_VECTOR_IO_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LLMEMBED_COMPUTE_CPU_VECTOR_IO_INL_H_
#undef LLMEMBED_COMPUTE_CPU_VECTOR_IO_INL_H_
#else
#define LLMEMBED_COMPUTE_CPU_VECTOR_IO_INL_H_
#endif

#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using F32 = hn::ScalableTag<float>;
using VF32 = hn::Vec<F32>;

// A full vector of floats at `from`, which need not be aligned.
HWY_INLINE VF32 LoadFloats(F32 d, const float* from) { return hn::LoadU(d, from); }
HWY_INLINE VF32 LoadFloats(F32 d, const uint16_t* from) {
  const hn::RebindToUnsigned<F32> du;
  const hn::Rebind<uint16_t, F32> d16;
  return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(du, hn::LoadU(d16, from))));
}

// Words of 32 bits hold an f32 each, or two bf16 side by side.
template <typename T>
inline constexpr size_t kPerWord = sizeof(float) / sizeof(T);

// The first, or the second, bf16 of each word.
HWY_INLINE VF32 FirstOfPairs(VF32 words) {
  const hn::RebindToUnsigned<F32> du;
  return hn::BitCast(F32(), hn::ShiftLeft<16>(hn::BitCast(du, words)));
}
HWY_INLINE VF32 SecondOfPairs(VF32 words) {
  const hn::RebindToUnsigned<F32> du;
  return hn::BitCast(F32(), hn::And(hn::BitCast(du, words), hn::Set(du, 0xFFFF0000U)));
}

#if HWY_TARGET == HWY_AVX3
// By the CPU's own instructions, which Highway does not know: one vector, or one behind the other.
HWY_INLINE __m256i RoundToBf16(VF32 v) {
  __m256i rounded;
  asm("vcvtneps2bf16 %1, %0" : "=v"(rounded) : "v"(v.raw));
  return rounded;
}
HWY_INLINE __m512i RoundToBf16(VF32 low, VF32 high) {
  __m512i rounded;
  asm("vcvtne2ps2bf16 %1, %2, %0" : "=v"(rounded) : "v"(low.raw), "v"(high.raw));
  return rounded;
}
#endif

HWY_INLINE void StoreFloats(F32 d, VF32 v, float* to) { hn::StoreU(v, d, to); }
// Rounds to nearest, ties to even. With AVX-512 by the CPU's own instruction: MakeCpuBackend sees
// to it that there is bf16 only where the CPU has it. Elsewhere a NaN may turn into an infinity;
// the extractor refuses either.
HWY_INLINE void StoreFloats([[maybe_unused]] F32 d, VF32 v, uint16_t* to) {
#if HWY_TARGET == HWY_AVX3
  const hn::Rebind<uint16_t, F32> d16;
  hn::StoreU(hn::Vec<decltype(d16)>{RoundToBf16(v)}, d16, to);
#else
  const hn::RebindToUnsigned<F32> du;
  const hn::RebindToSigned<F32> di;
  const hn::Rebind<uint16_t, F32> d16;
  const auto bits = hn::BitCast(du, v);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(du, 1));
  const auto rounded = hn::Add(bits, hn::Add(odd, hn::Set(du, 0x7FFF)));
  hn::StoreU(hn::DemoteTo(d16, hn::BitCast(di, hn::ShiftRight<16>(rounded))), d16, to);
#endif
}

// The same for the first `count` <= Lanes(d) elements: zeros behind them, nothing touched there.
template <typename T>
HWY_INLINE VF32 LoadSomeFloats(F32 d, const T* from, size_t count) {
  HWY_ALIGN T some[HWY_MAX_BYTES / sizeof(float)] = {};
  for (size_t i = 0; i < count; ++i) some[i] = from[i];
  return LoadFloats(d, some);
}
template <typename T>
HWY_INLINE void StoreSomeFloats(F32 d, VF32 v, T* to, size_t count) {
  HWY_ALIGN T some[HWY_MAX_BYTES / sizeof(float)];
  StoreFloats(d, v, some);
  for (size_t i = 0; i < count; ++i) to[i] = some[i];
}

// Calls `whole(i)` for each full vector of `count` elements, then `rest(i, n)` for the n that are
// left, if any.
template <typename Whole, typename Rest>
HWY_INLINE void ForEachVector(F32 d, size_t count, const Whole& whole, const Rest& rest) {
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) whole(i);
  if (i < count) rest(i, count - i);
}

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
