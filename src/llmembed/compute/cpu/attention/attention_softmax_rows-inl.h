// The softmax of 16 rows of scores side by side: largest scores and totals of all of them come out
// of one tree of shuffles, where a row alone would wait for its own. Included once per instruction
// set; there is something in it for AVX-512 only.
#if defined(LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_SOFTMAX_ROWS_INL_H_) == \
    defined(HWY_TARGET_TOGGLE)
#ifdef LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_SOFTMAX_ROWS_INL_H_
#undef LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_SOFTMAX_ROWS_INL_H_
#else
#define LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_SOFTMAX_ROWS_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "compute/cpu/attention/attention_softmax-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

#if HWY_TARGET == HWY_AVX3

constexpr size_t kSoftmaxRows = 16;  // lanes of a vector
constexpr size_t kKeysAStep = 2 * kSoftmaxRows;

// Lane r of the result is combine() of all lanes of rows[r].
template <typename Combine>
HWY_INLINE VF32 CombineLanes(const VF32 (&rows)[kSoftmaxRows], const Combine& combine) {
  __m512 quads[4];  // of each quarter, the lanes of four rows
  for (size_t i = 0; i < 4; ++i) {
    __m512d pairs[2];
    for (size_t j = 0; j < 2; ++j) {
      const __m512 a = rows[4 * i + 2 * j].raw;
      const __m512 b = rows[4 * i + 2 * j + 1].raw;
      pairs[j] = _mm512_castps_pd(combine(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b)));
    }
    quads[i] = combine(_mm512_castpd_ps(_mm512_unpacklo_pd(pairs[0], pairs[1])),
                       _mm512_castpd_ps(_mm512_unpackhi_pd(pairs[0], pairs[1])));
  }
  const auto fold = [&](__m512 a, __m512 b) {
    return combine(_mm512_shuffle_f32x4(a, b, 0x88), _mm512_shuffle_f32x4(a, b, 0xDD));
  };
  return VF32{fold(fold(quads[0], quads[1]), fold(quads[2], quads[3]))};
}

// A bit for each of the 32 keys from `j` on that the row sees.
HWY_INLINE uint32_t VisibleBits(const ScoreRow& row, size_t j) {
  uint32_t bits = ~uint32_t{0};
  if (row.begin > j) bits <<= row.begin - j;
  if (row.end < j + kKeysAStep) bits &= ~uint32_t{0} >> (j + kKeysAStep - row.end);
  return bits;
}

// Calls, for every 32 keys of the row: whole(j) where it sees all of them, some(j, bits) where only
// those with a bit, none(j).
template <typename Whole, typename Some, typename None>
HWY_INLINE void ForEachKeyStep(const ScoreRow& row, const Whole& whole, const Some& some,
                               const None& none) {
  size_t j = 0;
  if (row.begin < row.end) {
    for (; j + kKeysAStep <= row.begin; j += kKeysAStep) none(j);
    if (j < row.begin) {
      some(j, VisibleBits(row, j));
      j += kKeysAStep;
    }
    for (; j + kKeysAStep <= row.end; j += kKeysAStep) whole(j);
    if (j < row.end) {
      some(j, VisibleBits(row, j));
      j += kKeysAStep;
    }
  }
  for (; j < row.width; j += kKeysAStep) none(j);
}

// The largest score of each lane.
HWY_INLINE VF32 LargestOfLanes(const ScoreRow& row) {
  __m512 low = _mm512_set1_ps(kLowest);
  __m512 high = low;
  ForEachKeyStep(
      row,
      [&](size_t j) {
        low = _mm512_max_ps(low, _mm512_loadu_ps(row.scores + j));
        high = _mm512_max_ps(high, _mm512_loadu_ps(row.scores + j + kSoftmaxRows));
      },
      [&](size_t j, uint32_t bits) {
        const auto high_bits = static_cast<__mmask16>(bits >> kSoftmaxRows);
        low = _mm512_mask_max_ps(low, static_cast<__mmask16>(bits), low,
                                 _mm512_loadu_ps(row.scores + j));
        high = _mm512_mask_max_ps(high, high_bits, high,
                                  _mm512_loadu_ps(row.scores + j + kSoftmaxRows));
      },
      [](size_t /*j*/) {});
  return VF32{_mm512_max_ps(low, high)};
}

HWY_INLINE void StorePair(VF32 low, VF32 high, float* to) {
  _mm512_storeu_ps(to, low.raw);
  _mm512_storeu_ps(to + kSoftmaxRows, high.raw);
}
HWY_INLINE void StorePair(VF32 low, VF32 high, uint16_t* to) {
  _mm512_storeu_si512(to, RoundToBf16(low, high));
}

// weights = 2^(factor * score - largest) as SoftmaxRow has them. Returns the sum of each lane.
template <typename T>
HWY_INLINE VF32 Exponentiate(const ScoreRow& row, float factor, float largest, T* weights) {
  const F32 d;
  const VF32 factors = hn::Set(d, factor);
  const VF32 largests = hn::Set(d, largest);
  const auto power = [&](size_t j) {
    return Exp2<kIsExact<T>>(d, hn::MulSub(hn::LoadU(d, row.scores + j), factors, largests));
  };
  VF32 low_sum = hn::Zero(d);
  VF32 high_sum = hn::Zero(d);
  const auto store = [&](size_t j, VF32 low, VF32 high) {
    StorePair(low, high, weights + j);
    low_sum = hn::Add(low_sum, low);
    high_sum = hn::Add(high_sum, high);
  };
  ForEachKeyStep(
      row, [&](size_t j) { store(j, power(j), power(j + kSoftmaxRows)); },
      [&](size_t j, uint32_t bits) {
        const auto high_bits = static_cast<__mmask16>(bits >> kSoftmaxRows);
        store(j, VF32{_mm512_maskz_mov_ps(static_cast<__mmask16>(bits), power(j).raw)},
              VF32{_mm512_maskz_mov_ps(high_bits, power(j + kSoftmaxRows).raw)});
      },
      [&](size_t j) { StorePair(hn::Zero(d), hn::Zero(d), weights + j); });
  return hn::Add(low_sum, high_sum);
}

// SoftmaxRow for up to 16 rows; `pitch` from a row of weights to the next. Rows have room for whole
// steps of 32 keys. Returns whether any of them had seen keys before.
template <typename T>
bool SoftmaxSomeRows(const ScoreRow* rows, size_t count, float factor, SoftmaxState* states,
                     T* weights, size_t pitch, float* changes) {
  const F32 d;
  const size_t last = count - 1;
  VF32 lanes[kSoftmaxRows];
  HWY_ALIGN float before[kSoftmaxRows], totals[kSoftmaxRows], largest[kSoftmaxRows];
  for (size_t r = 0; r < kSoftmaxRows; ++r) {
    const SoftmaxState& state = states[std::min(r, last)];
    before[r] = state.largest;
    totals[r] = state.total;
    lanes[r] = r < count ? LargestOfLanes(rows[r]) : hn::Zero(d);
  }
  const VF32 seen =
      CombineLanes(lanes, [](__m512 a, __m512 b) HWY_ATTR { return _mm512_max_ps(a, b); });
  const VF32 now = hn::Max(hn::Mul(seen, hn::Set(d, factor)), hn::Load(d, before));
  hn::Store(now, d, largest);
  for (size_t r = 0; r < count; ++r) {
    lanes[r] = Exponentiate(rows[r], factor, largest[r], weights + r * pitch);
  }
  const VF32 sums =
      CombineLanes(lanes, [](__m512 a, __m512 b) HWY_ATTR { return _mm512_add_ps(a, b); });
  const VF32 total = hn::Load(d, totals);
  const auto is_new = hn::Eq(total, hn::Zero(d));
  const VF32 change = hn::IfThenZeroElse(is_new, Exp2<true>(d, hn::Sub(hn::Load(d, before), now)));
  HWY_ALIGN float change_lanes[kSoftmaxRows];
  hn::Store(change, d, change_lanes);
  hn::Store(hn::MulAdd(total, change, sums), d, totals);
  for (size_t r = 0; r < count; ++r) {
    states[r] = {largest[r], totals[r]};
    changes[r] = change_lanes[r];
  }
  return !hn::AllTrue(d, is_new);
}

#endif  // HWY_AVX3

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
