// The softmax of attention, a row of scores at a time, over one block of keys after another
// (Milakov and Gimelshein 2018). Exponentials are taken to the base of 2. Included once per
// instruction set.
#if defined(LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_SOFTMAX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_SOFTMAX_INL_H_
#undef LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_SOFTMAX_INL_H_
#else
#define LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_SOFTMAX_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "compute/cpu/vector_io-inl.h"
#include "compute/cpu/vector_math-inl.h"
#include "compute/ops.h"
#include "hwy/contrib/math/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

constexpr float kLowest = std::numeric_limits<float>::lowest();
constexpr float kLog2E = 1.4426950408889634F;

// What a query has seen so far.
struct SoftmaxState {
  float largest = kLowest;  // exponent
  float total = 0.0F;       // of 2^(exponent - largest)
};

// Scores of one query for the keys [first, first + width), of which it sees [first + begin, first +
// end). width is a multiple of the lanes.
struct ScoreRow {
  float* scores;
  size_t begin, end, width;
};

// Scores become exponents: log2(e) (cap * tanh(scale * score / cap) + bias). `distance` is the
// first key's from the query; `bias` the head's entry for distance 0, or null.
inline void CapAndBias(const AttentionShape& shape, const float* bias, int64_t distance,
                       const ScoreRow& row) {
  const F32 d;
  const size_t lanes = hn::Lanes(d);
  const auto reach = static_cast<int64_t>(shape.reach);
  const bool has_cap = shape.score_cap > 0.0F;
  const VF32 before = hn::Set(d, has_cap ? shape.scale / shape.score_cap : shape.scale * kLog2E);
  const VF32 cap = hn::Set(d, shape.score_cap * kLog2E);
  for (size_t j = 0; j < row.width; j += lanes, distance += static_cast<int64_t>(lanes)) {
    VF32 score = hn::Mul(hn::LoadU(d, row.scores + j), before);
    if (has_cap) score = hn::Mul(hn::Tanh(d, score), cap);
    if (bias != nullptr) {
      HWY_ALIGN float entries[HWY_MAX_BYTES / sizeof(float)];
      for (size_t i = 0; i < lanes; ++i) {
        entries[i] = bias[std::clamp(distance + static_cast<int64_t>(i), -reach, reach)];
      }
      score = hn::MulAdd(hn::Load(d, entries), hn::Set(d, kLog2E), score);
    }
    hn::StoreU(score, d, row.scores + j);
  }
}

// Scores outside [begin, end) become the lowest number.
inline void MaskRow(F32 d, const ScoreRow& row) {
  const size_t lanes = hn::Lanes(d);
  const VF32 lowest = hn::Set(d, kLowest);
  for (size_t j = 0; j < row.begin; j += lanes) {
    const auto outside = hn::FirstN(d, std::min(row.begin - j, lanes));
    hn::StoreU(hn::IfThenElse(outside, lowest, hn::LoadU(d, row.scores + j)), d, row.scores + j);
  }
  for (size_t j = row.end / lanes * lanes; j < row.width; j += lanes) {
    const auto inside = hn::FirstN(d, row.end > j ? row.end - j : 0);
    hn::StoreU(hn::IfThenElse(inside, hn::LoadU(d, row.scores + j), lowest), d, row.scores + j);
  }
}

// weights[0, width) = 2^(factor * score - largest so far), 0 outside [begin, end); factor > 0.
// Returns what everything summed under the former largest has to be multiplied by.
template <typename T>
float SoftmaxRow(const ScoreRow& row, float factor, SoftmaxState* state, T* weights) {
  const F32 d;
  const size_t lanes = hn::Lanes(d);
  if (row.begin >= row.end) {
    std::fill_n(weights, row.width, T());
    return 1.0F;
  }
  MaskRow(d, row);
  VF32 largest = hn::Set(d, kLowest);
  for (size_t j = 0; j < row.width; j += lanes) {
    largest = hn::Max(largest, hn::LoadU(d, row.scores + j));
  }
  const VF32 factors = hn::Set(d, factor);
  largest = hn::Max(hn::Mul(hn::MaxOfLanes(d, largest), factors), hn::Set(d, state->largest));
  VF32 sum = hn::Zero(d);
  for (size_t j = 0; j < row.width; j += lanes) {
    const VF32 score = hn::LoadU(d, row.scores + j);
    const VF32 power = Exp2<kIsExact<T>>(d, hn::MulSub(score, factors, largest));
    StoreFloats(d, power, weights + j);
    sum = hn::Add(sum, power);
  }
  float change = 0.0F;
  if (state->total != 0.0F) {
    change = hn::GetLane(Exp2<true>(d, hn::Sub(hn::Set(d, state->largest), largest)));
  }
  state->largest = hn::GetLane(largest);
  state->total = state->total * change + hn::GetLane(hn::SumOfLanes(d, sum));
  return change;
}

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
