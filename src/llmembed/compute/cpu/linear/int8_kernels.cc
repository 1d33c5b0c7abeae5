#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "compute/cpu/linear/int8_kernels.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After it: what is compiled once per instruction set.
#include <algorithm>
#include <cmath>
#include <string>

#include "compute/cpu/linear/int8_kernels.h"
#include "compute/cpu/vector_io-inl.h"
#include "compute/int8.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

// A vector of words of numbers.
template <typename T>
HWY_INLINE VF32 LoadWords(F32 d, const T* from) {
  return hn::LoadU(d, reinterpret_cast<const float*>(from));
}

// The bits of a magnitude.
HWY_INLINE hn::Vec<hn::RebindToUnsigned<F32>> MagnitudeBits(VF32 x) {
  return hn::BitCast(hn::RebindToUnsigned<F32>(), hn::Abs(x));
}

// The largest magnitude; NaN where a number is not finite. Bits of magnitudes are in the order of
// what they stand for, with all that is not finite behind.
template <typename T>
float LargestOf(const T* row, size_t count) {
  const F32 d;
  const hn::RebindToUnsigned<F32> du;
  auto largest = hn::Zero(du);
  auto other = hn::Zero(du);
  const size_t step = hn::Lanes(d) * kPerWord<T>;
  size_t i = 0;
  for (; i + step <= count; i += step) {
    const VF32 words = LoadWords(d, row + i);
    if constexpr (kPerWord<T> == 1) {
      largest = hn::Max(largest, MagnitudeBits(words));
    } else {
      largest = hn::Max(largest, MagnitudeBits(FirstOfPairs(words)));
      other = hn::Max(other, MagnitudeBits(SecondOfPairs(words)));
    }
  }
  for (; i < count; i += hn::Lanes(d)) {
    const VF32 rest = LoadSomeFloats(d, row + i, std::min(count - i, hn::Lanes(d)));
    other = hn::Max(other, MagnitudeBits(rest));
  }
  const VF32 value = hn::BitCast(d, hn::MaxOfLanes(du, hn::Max(largest, other)));
  return hn::GetLane(hn::MulAdd(hn::Zero(d), value, value));
}

// LargestFour(), eight weights at a time.
float LargestFourOf(const float* row, size_t count) {
  size_t i = 0;
  float largest = 0.0F;
#if HWY_TARGET != HWY_SCALAR
  const hn::CappedTag<float, kTwoFours / 2> d;
  const auto zero = hn::Zero(d);
  auto sums = zero;  // each twice
  for (; i + kTwoFours <= count; i += kTwoFours) {
    const auto first = hn::LoadU(d, row + i);
    const auto second = hn::LoadU(d, row + i + kTwoFours / 2);
    const auto above = hn::Add(hn::Max(first, zero), hn::Max(second, zero));
    const auto below = hn::Add(hn::Max(hn::Neg(first), zero), hn::Max(hn::Neg(second), zero));
    sums = hn::Max(sums, hn::Add(above, hn::Shuffle2301(above)));
    sums = hn::Max(sums, hn::Add(below, hn::Shuffle2301(below)));
  }
  largest = hn::GetLane(hn::MaxOfLanes(d, sums));
#endif
  return std::max(largest, LargestFour({row + i, count - i}));
}

// The ends of a row and zero; NaN where a number is not finite.
struct Range {
  float lowest, highest;
};

template <typename T>
Range RangeOf(const T* row, size_t count) {
  const F32 d;
  const VF32 zero = hn::Zero(d);
  VF32 lowest = zero;
  VF32 highest = zero;
  VF32 finite = zero;  // else NaN
  const auto meet = [&](VF32 x) {
    lowest = hn::Min(lowest, x);
    highest = hn::Max(highest, x);
    finite = hn::MulAdd(x, zero, finite);
  };
  ForEachVector(
      d, count, [&](size_t i) { meet(LoadFloats(d, row + i)); },
      [&](size_t i, size_t n) { meet(LoadSomeFloats(d, row + i, n)); });
  const float nothing = hn::GetLane(hn::SumOfLanes(d, finite));
  return {hn::GetLane(hn::MinOfLanes(d, lowest)) + nothing,
          hn::GetLane(hn::MaxOfLanes(d, highest)) + nothing};
}

// q = round(x * factor), to nearest.
HWY_INLINE auto Rounded(VF32 x, VF32 factor) { return hn::NearestInt(hn::Mul(x, factor)); }

// A vector of words of numbers to as many int8.
HWY_INLINE void QuantizeWords(const float* from, VF32 factor, int8_t* to) {
  const F32 d;
  const hn::Rebind<int8_t, F32> d8;
  hn::StoreU(hn::DemoteTo(d8, Rounded(hn::LoadU(d, from), factor)), d8, to);
}
#if HWY_TARGET != HWY_SCALAR
HWY_INLINE void QuantizeWords(const uint16_t* from, VF32 factor, int8_t* to) {
  const F32 d;
  const hn::Repartition<int16_t, F32> d16;
  const hn::Rebind<int8_t, decltype(d16)> d8;
  const VF32 words = LoadWords(d, from);
  const auto first = Rounded(FirstOfPairs(words), factor);
  const auto second = hn::ShiftLeft<16>(Rounded(SecondOfPairs(words), factor));
  const auto both = hn::OddEven(hn::BitCast(d16, second), hn::BitCast(d16, first));
  hn::StoreU(hn::DemoteTo(d8, both), d8, to);
}
#endif

// The numbers of a row from the first on that are left, and zeros up to `pitch`.
template <typename T, typename Q>
HWY_INLINE void QuantizeRest(const T* in, size_t first, size_t columns, size_t pitch, VF32 factor,
                             int32_t zero, Q* quantized) {
  const F32 d;
  const hn::Rebind<Q, F32> dq;
  const hn::RebindToSigned<F32> di;
  for (size_t i = first; i < columns; i += hn::Lanes(d)) {
    const size_t count = std::min(columns - i, hn::Lanes(d));
    HWY_ALIGN Q some[HWY_MAX_BYTES];
    const auto rounded = Rounded(LoadSomeFloats(d, in + i, count), factor);
    hn::StoreU(hn::DemoteTo(dq, hn::Add(rounded, hn::Set(di, zero))), dq, some);
    std::copy_n(some, count, quantized + i);
  }
  std::fill(quantized + columns, quantized + pitch, Q{0});
}

// A row whose largest absolute value is taken to be `largest`.
template <typename T>
HWY_INLINE void QuantizeRow(const T* in, size_t columns, size_t pitch, float largest,
                            int8_t* quantized) {
  const F32 d;
  const VF32 factor = hn::Set(d, Int8Factor(largest, kLargestInt8));
  size_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  const size_t step = hn::Lanes(d) * kPerWord<T>;
  for (; i + step <= columns; i += step) QuantizeWords(in + i, factor, quantized + i);
#endif
  QuantizeRest(in, i, columns, pitch, factor, 0, quantized);
}

// A row as bytes.
template <typename T>
HWY_INLINE void QuantizeRow(const T* in, size_t columns, size_t pitch, float factor, int32_t zero,
                            uint8_t* quantized) {
  const F32 d;
  const hn::Rebind<uint8_t, F32> d8;
  const hn::RebindToSigned<F32> di;
  size_t i = 0;
  for (; i + hn::Lanes(d) <= columns; i += hn::Lanes(d)) {
    const auto rounded = Rounded(LoadFloats(d, in + i), hn::Set(d, factor));
    hn::StoreU(hn::DemoteTo(d8, hn::Add(rounded, hn::Set(di, zero))), d8, quantized + i);
  }
  QuantizeRest(in, i, columns, pitch, hn::Set(d, factor), zero, quantized);
}

// Calls `use(row, numbers)` for each row, whose numbers are f32 or bf16.
template <typename Use>
void ForEachRow(const Matrix& in, const Use& use) {
  for (size_t row = 0; row < in.rows; ++row) {
    if (in.dtype == tensor::DType::kF32) {
      use(row, in.f32() + row * in.row_pitch());
    } else {
      use(row, in.bf16() + row * in.row_pitch());
    }
  }
}

void Quantize(const Matrix& in, size_t pitch, int8_t* quantized, float* scales) {
  ForEachRow(in, [&](size_t row, const auto* numbers) {
    const float largest = LargestOf(numbers, in.columns);
    scales[row] = Int8Scale(largest, kLargestInt8);
    QuantizeRow(numbers, in.columns, pitch, largest, quantized + row * pitch);
  });
}

void QuantizeWeightRows(const Matrix& in, size_t pitch, int8_t* quantized, float* scales,
                        float* sums) {
  for (size_t row = 0; row < in.rows; ++row, quantized += pitch) {
    const float* numbers = in.f32() + row * in.row_pitch();
    float largest = LargestOf(numbers, in.columns);
    if (Int8AddsFours()) largest = LargestWithFours(largest, LargestFourOf(numbers, in.columns));
    scales[row] = Int8Scale(largest, kLargestInt8);
    QuantizeRow(numbers, in.columns, pitch, largest, quantized);
    int32_t sum = 0;
    for (size_t i = 0; i < in.columns; ++i) sum += quantized[i];
    sums[row] = static_cast<float>(sum) * scales[row];
  }
}

void QuantizeToBytes(const Matrix& in, size_t pitch, uint8_t* quantized, float* scales,
                     float* offsets) {
  ForEachRow(in, [&](size_t row, const auto* numbers) {
    const Range range = RangeOf(numbers, in.columns);
    const float span = range.highest - range.lowest;
    const float factor = Int8Factor(span, kLargestByte);
    const float zero = ByteOffset(range.lowest, factor);  // NaN where the row is not finite
    scales[row] = Int8Scale(span, kLargestByte);
    offsets[row] = -zero * scales[row];
    QuantizeRow(numbers, in.columns, pitch, factor, zero >= 0.0F ? static_cast<int32_t>(zero) : 0,
                quantized + row * pitch);
  });
}

// out[i] = sums[i] * row_scale * scales[i] + bias[i] for `count` outputs.
template <typename T>
HWY_INLINE void FinishRow(const int32_t* sums, float row_scale, const float* scales,
                          const float* bias, size_t count, T* out) {
  const F32 d;
  const hn::RebindToSigned<F32> di;
  const VF32 row = hn::Set(d, row_scale);
  const auto finished = [&](VF32 sum, size_t i) {
    return hn::MulAdd(hn::Mul(sum, row), hn::LoadU(d, scales + i), hn::LoadU(d, bias + i));
  };
  ForEachVector(
      d, count,
      [&](size_t i) {
        StoreFloats(d, finished(hn::ConvertTo(d, hn::LoadU(di, sums + i)), i), out + i);
      },
      [&](size_t i, size_t n) {  // scales and bias are padded
        HWY_ALIGN int32_t some[HWY_MAX_BYTES / sizeof(int32_t)] = {};
        std::copy_n(sums + i, n, some);
        StoreSomeFloats(d, finished(hn::ConvertTo(d, hn::Load(di, some)), i), out + i, n);
      });
}

void Finish(const Int8Finish& finish, const int32_t* sums) {
  const size_t width = finish.out.columns;
  for (size_t row = 0; row < finish.out.rows; ++row, sums += width) {
    const float scale = finish.row_scales[row];
    if (finish.out.dtype == tensor::DType::kF32) {
      FinishRow(sums, scale, finish.scales, finish.bias, width, finish.out.f32() + row * width);
    } else {
      FinishRow(sums, scale, finish.scales, finish.bias, width, finish.out.bf16() + row * width);
    }
  }
}

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace llmembed::compute::cpu {

HWY_EXPORT(Quantize);
HWY_EXPORT(QuantizeWeightRows);
HWY_EXPORT(QuantizeToBytes);
HWY_EXPORT(Finish);

void QuantizeRows(const Matrix& in, size_t pitch, int8_t* quantized, float* scales) {
  HWY_DYNAMIC_DISPATCH(Quantize)(in, pitch, quantized, scales);
}

void QuantizeWeights(const Matrix& in, size_t pitch, int8_t* quantized, float* scales,
                     float* sums) {
  HWY_DYNAMIC_DISPATCH(QuantizeWeightRows)(in, pitch, quantized, scales, sums);
}

void QuantizeRowsToBytes(const Matrix& in, size_t pitch, uint8_t* quantized, float* scales,
                         float* offsets) {
  HWY_DYNAMIC_DISPATCH(QuantizeToBytes)(in, pitch, quantized, scales, offsets);
}

void FinishRows(const Int8Finish& finish, const int32_t* sums) {
  HWY_DYNAMIC_DISPATCH(Finish)(finish, sums);
}

Status CheckInt8Inputs(size_t inputs) {
  if (inputs <= kMostInt8Inputs) return {};
  return {StatusCode::kUnsupported, "int8 products of more than " +
                                        std::to_string(kMostInt8Inputs) + " inputs, here " +
                                        std::to_string(inputs)};
}

}  // namespace llmembed::compute::cpu
#endif  // HWY_ONCE
