// Words of rows turned into rows of words, a vector of rows at a time. Included once per
// instruction set; there is something in it for all that have vectors.
#if defined(LLMEMBED_COMPUTE_CPU_TRANSPOSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LLMEMBED_COMPUTE_CPU_TRANSPOSE_INL_H_
#undef LLMEMBED_COMPUTE_CPU_TRANSPOSE_INL_H_
#else
#define LLMEMBED_COMPUTE_CPU_TRANSPOSE_INL_H_
#endif

#include <cstddef>

#include "compute/cpu/vector_io-inl.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

#if HWY_TARGET != HWY_SCALAR
// Four words, from `offset` on, of every fourth row, side by side in blocks of 128 bits.
template <class D, typename T>
HWY_INLINE hn::Vec<D> LoadBlocks(D d, const T* const* rows, size_t offset) {
  if constexpr (hn::MaxLanes(D()) == 4) {
    const hn::Repartition<T, D> dt;
    return hn::BitCast(d, hn::LoadU(dt, rows[0] + offset));
  } else {
    const hn::Half<D> half;
    return hn::Combine(d, LoadBlocks(half, rows + hn::MaxLanes(D()) / 2, offset),
                       LoadBlocks(half, rows, offset));
  }
}

// Transposes four words of a vector of rows: word k of all of them goes to out + k * pitch.
template <typename T>
HWY_INLINE void TransposeWords(F32 d, const T* const* rows, size_t offset, float* out,
                               size_t pitch) {
  const auto r0 = LoadBlocks(d, rows + 0, offset);
  const auto r1 = LoadBlocks(d, rows + 1, offset);
  const auto r2 = LoadBlocks(d, rows + 2, offset);
  const auto r3 = LoadBlocks(d, rows + 3, offset);
  const auto even01 = hn::InterleaveLower(d, r0, r2);
  const auto odd01 = hn::InterleaveLower(d, r1, r3);
  const auto even23 = hn::InterleaveUpper(d, r0, r2);
  const auto odd23 = hn::InterleaveUpper(d, r1, r3);
  hn::StoreU(hn::InterleaveLower(d, even01, odd01), d, out);
  hn::StoreU(hn::InterleaveUpper(d, even01, odd01), d, out + pitch);
  hn::StoreU(hn::InterleaveLower(d, even23, odd23), d, out + 2 * pitch);
  hn::StoreU(hn::InterleaveUpper(d, even23, odd23), d, out + 3 * pitch);
}
#endif

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
