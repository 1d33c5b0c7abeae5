// Dropout, a vector at a time, with the numbers that base::Random would draw one by one.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "compute/cpu/rows/dropout_row.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After it: what is compiled once per instruction set.
#include <algorithm>

#include "compute/cpu/rows/dropout_row.h"
#include "compute/cpu/vector_io-inl.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

#if HWY_TARGET != HWY_SCALAR

// The numbers of a whole vector of floats, and of those that follow.
class RandomVector {
 public:
  explicit RandomVector(base::Random random) {
    HWY_ALIGN uint64_t states[kMaxLanes];
    uint64_t factor = 1, term = 0;  // of as many steps as there are lanes
    for (size_t i = 0; i < hn::Lanes(F32()); ++i) {
      states[i] = random.state();
      random.Next();
      factor *= base::Random::kMultiplier;
      term = term * base::Random::kMultiplier + random.increment();
    }
    low_ = hn::Load(d64_, states);
    high_ = hn::Load(d64_, states + hn::Lanes(d64_));
    factor_ = hn::Set(d64_, factor);
    term_ = hn::Set(d64_, term);
  }

  HWY_INLINE hn::Vec<hn::RebindToUnsigned<F32>> Next() {
    const hn::RebindToUnsigned<F32> d32;
    const auto low = hn::BitCast(d32, Output(low_)), high = hn::BitCast(d32, Output(high_));
    low_ = hn::Add(hn::Mul(low_, factor_), term_);
    high_ = hn::Add(hn::Mul(high_, factor_), term_);
    return hn::ConcatEven(d32, high, low);
  }

 private:
  using D64 = hn::RepartitionToWide<hn::RebindToUnsigned<F32>>;
  using V64 = hn::Vec<D64>;
  static constexpr size_t kMaxLanes = HWY_MAX_BYTES / sizeof(float);

  // Random::Next's number in the lower half of each lane: rotated, since it stands there twice.
  static HWY_INLINE V64 Output(V64 state) {
    const D64 d;
    const V64 mixed = hn::ShiftRight<27>(hn::Xor(hn::ShiftRight<18>(state), state));
    const V64 word = hn::And(mixed, hn::Set(d, 0xFFFFFFFFU));
    return hn::Shr(hn::Or(word, hn::ShiftLeft<32>(word)), hn::ShiftRight<59>(state));
  }

  D64 d64_;
  V64 low_, high_, factor_, term_;
};

#endif  // HWY_SCALAR

// As std::max(x, 0), which leaves NaN as it is.
HWY_INLINE VF32 Relu(VF32 x) { return hn::Max(hn::Zero(F32()), x); }

void ReluBias(const float* bias, size_t count, float* values) {
  const F32 d;
  ForEachVector(
      d, count,
      [&](size_t i) {
        hn::StoreU(Relu(hn::Add(hn::LoadU(d, values + i), hn::LoadU(d, bias + i))), d, values + i);
      },
      [&](size_t i, size_t n) {
        for (size_t end = i + n; i < end; ++i) values[i] = std::max(values[i] + bias[i], 0.0F);
      });
}

void ReluBiasDropout(const RowDropout& dropout, const float* bias, size_t count,
                     base::Random* random, float* values) {
  size_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  const F32 d;
  const hn::RebindToUnsigned<F32> du;
  RandomVector numbers(*random);
  const auto dropped_below = hn::Set(du, static_cast<uint32_t>(dropout.dropped_below));
  const auto scale = hn::Set(d, dropout.kept_scale);
  for (; i + hn::Lanes(d) <= count; i += hn::Lanes(d)) {
    const VF32 relu = Relu(hn::Add(hn::LoadU(d, values + i), hn::LoadU(d, bias + i)));
    const auto drops = hn::RebindMask(d, hn::Lt(numbers.Next(), dropped_below));
    hn::StoreU(hn::Mul(relu, hn::IfThenZeroElse(drops, scale)), d, values + i);
  }
  random->Skip(i);
#endif
  for (; i < count; ++i) {
    const float kept = random->Next() < dropout.dropped_below ? 0.0F : dropout.kept_scale;
    values[i] = std::max(values[i] + bias[i], 0.0F) * kept;
  }
}

void Gradient(float kept_scale, const float* results, size_t count, float* gradient) {
  const F32 d;
  const auto scale = hn::Set(d, kept_scale);
  ForEachVector(
      d, count,
      [&](size_t i) {
        const auto passes = hn::Gt(hn::LoadU(d, results + i), hn::Zero(d));
        const VF32 slope = hn::Mul(hn::LoadU(d, gradient + i), scale);
        hn::StoreU(hn::IfThenElseZero(passes, slope), d, gradient + i);
      },
      [&](size_t i, size_t n) {
        for (size_t end = i + n; i < end; ++i) {
          gradient[i] = results[i] > 0.0F ? gradient[i] * kept_scale : 0.0F;
        }
      });
}

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace llmembed::compute::cpu {
HWY_EXPORT(ReluBias);
HWY_EXPORT(ReluBiasDropout);
HWY_EXPORT(Gradient);

void BiasReluDropoutRow(const RowDropout& dropout, const float* bias, size_t count,
                        base::Random* random, float* values) {
  if (dropout.dropped_below == 0) {
    HWY_DYNAMIC_DISPATCH(ReluBias)(bias, count, values);
  } else {
    HWY_DYNAMIC_DISPATCH(ReluBiasDropout)(dropout, bias, count, random, values);
  }
}

void ReluDropoutGradientRow(float kept_scale, const float* results, size_t count, float* gradient) {
  HWY_DYNAMIC_DISPATCH(Gradient)(kept_scale, results, count, gradient);
}

}  // namespace llmembed::compute::cpu
#endif  // HWY_ONCE
