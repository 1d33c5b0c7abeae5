// The matrix products of attention: tiles of sums in registers. Operands are words of 32 bits, one
// f32 or two bf16 that stand side by side along the depth; sums are f32. Included once per
// instruction set.
#if defined(LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_PRODUCT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_PRODUCT_INL_H_
#undef LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_PRODUCT_INL_H_
#else
#define LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_PRODUCT_INL_H_
#endif

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "compute/cpu/vector_io-inl.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

// Rows and vectors of a tile: as many sums as registers hold beside the operands.
constexpr size_t kTileRows = HWY_MAX_BYTES >= 64 ? 8 : 4;
constexpr size_t kTileVectors = 2;

// `size` elements as whole words.
template <typename T>
constexpr size_t WordsOf(size_t size) {
  return (size + kPerWord<T> - 1) / kPerWord<T>;
}

// The word at `from`, which need not be aligned, in every lane.
template <typename T>
HWY_INLINE VF32 BroadcastWord(F32 d, const T* from) {
  const hn::RebindToUnsigned<F32> du;
  uint32_t word;
  std::memcpy(&word, from, sizeof(word));
  return hn::BitCast(d, hn::Set(du, word));
}

// sums + a * b, of f32.
HWY_INLINE VF32 MultiplyAdd(float /*element*/, VF32 a, VF32 b, VF32 sums) {
  return hn::MulAdd(a, b, sums);
}
// sums + a[0] * b[0] + a[1] * b[1], of pairs of bf16. Where there are bf16 activations the CPU has
// the instruction, which Highway does not know; elsewhere this is compiled but not called.
HWY_INLINE VF32 MultiplyAdd(uint16_t /*element*/, VF32 a, VF32 b, VF32 sums) {
#if HWY_TARGET == HWY_AVX3
  asm("vdpbf16ps %2, %1, %0" : "+v"(sums.raw) : "v"(a.raw), "v"(b.raw));
  return sums;
#else
  return hn::MulAdd(SecondOfPairs(a), SecondOfPairs(b),
                    hn::MulAdd(FirstOfPairs(a), FirstOfPairs(b), sums));
#endif
}

// a: rows of words; b: `depth` rows of words, a vector of which meets one broadcast word of a.
template <typename T>
struct Operands {
  const T* a;
  size_t a_pitch;  // elements from row to row
  const T* b;
  size_t b_pitch;  // likewise
  size_t depth;    // words
};

template <size_t kRows, size_t kVectors, typename T>
HWY_INLINE void Accumulate(F32 d, const Operands<T>& p, VF32 (&sums)[kRows][kVectors]) {
  const size_t vector = hn::Lanes(d) * kPerWord<T>;
  const T* b = p.b;
  for (size_t k = 0; k < p.depth; ++k, b += p.b_pitch) {
    VF32 columns[kVectors];
    HWY_UNROLL(8)
    for (size_t c = 0; c < kVectors; ++c) {
      columns[c] = hn::LoadU(d, reinterpret_cast<const float*>(b + c * vector));
    }
    HWY_UNROLL(8)
    for (size_t r = 0; r < kRows; ++r) {
      const VF32 factor = BroadcastWord(d, p.a + r * p.a_pitch + k * kPerWord<T>);
      HWY_UNROLL(8)
      for (size_t c = 0; c < kVectors; ++c) {
        sums[r][c] = MultiplyAdd(T(), factor, columns[c], sums[r][c]);
      }
    }
  }
}

template <size_t kRows, size_t kVectors>
HWY_INLINE void StoreTile(F32 d, const VF32 (&sums)[kRows][kVectors], float* out,
                          size_t out_pitch) {
  HWY_UNROLL(8)
  for (size_t r = 0; r < kRows; ++r) {
    HWY_UNROLL(8)
    for (size_t c = 0; c < kVectors; ++c) {
      hn::StoreU(sums[r][c], d, out + r * out_pitch + c * hn::Lanes(d));
    }
  }
}

// out = a b; `out` points at the tile's first sum.
template <size_t kRows, size_t kVectors, typename T>
HWY_INLINE void MultiplyTile(const Operands<T>& p, float* out, size_t out_pitch) {
  const F32 d;
  VF32 sums[kRows][kVectors];
  HWY_UNROLL(8)
  for (size_t r = 0; r < kRows; ++r) {
    HWY_UNROLL(8)
    for (size_t c = 0; c < kVectors; ++c) sums[r][c] = hn::Zero(d);
  }
  Accumulate<kRows, kVectors>(d, p, sums);
  StoreTile<kRows, kVectors>(d, sums, out, out_pitch);
}

// out = out * factors + a b, with a factor for each row; without factors out = a b.
template <size_t kRows, size_t kVectors, typename T>
HWY_INLINE void ContinueTile(const Operands<T>& p, const float* factors, float* out,
                             size_t out_pitch) {
  if (factors == nullptr) return MultiplyTile<kRows, kVectors>(p, out, out_pitch);
  const F32 d;
  VF32 sums[kRows][kVectors];
  HWY_UNROLL(8)
  for (size_t r = 0; r < kRows; ++r) {
    HWY_UNROLL(8)
    for (size_t c = 0; c < kVectors; ++c) {
      sums[r][c] =
          hn::Mul(hn::LoadU(d, out + r * out_pitch + c * hn::Lanes(d)), hn::Set(d, factors[r]));
    }
  }
  Accumulate<kRows, kVectors>(d, p, sums);
  StoreTile<kRows, kVectors>(d, sums, out, out_pitch);
}

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
