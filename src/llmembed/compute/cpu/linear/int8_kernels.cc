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

// q = round(x * factor), to nearest.
HWY_INLINE auto Rounded(VF32 x, VF32 factor) { return hn::NearestInt(hn::Mul(x, factor)); }

// A vector of words of numbers to as many int8, kept in `Q`.
template <typename Q>
HWY_INLINE void QuantizeWords(const float* from, VF32 factor, Q* to) {
  const F32 d;
  const hn::Rebind<Q, F32> dq;
  hn::StoreU(hn::DemoteTo(dq, Rounded(hn::LoadU(d, from), factor)), dq, to);
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
HWY_INLINE void QuantizeWords(const uint16_t* from, VF32 factor, int16_t* to) {
  const F32 d;
  const hn::Rebind<int16_t, F32> d16;
  for (size_t i = 0; i < 2 * hn::Lanes(d); i += hn::Lanes(d)) {
    hn::StoreU(hn::DemoteTo(d16, Rounded(LoadFloats(d, from + i), factor)), d16, to + i);
  }
}
#endif

template <typename T, typename Q>
void QuantizeTyped(const T* in, size_t in_pitch, size_t rows, size_t columns, size_t pitch,
                   float steps, Q* quantized, float* scales) {
  const F32 d;
  const hn::Rebind<Q, F32> dq;
  for (size_t row = 0; row < rows; ++row, in += in_pitch, quantized += pitch) {
    const float largest = LargestOf(in, columns);
    scales[row] = Int8Scale(largest, steps);
    const VF32 factor = hn::Set(d, Int8Factor(largest, steps));
    size_t i = 0;
#if HWY_TARGET != HWY_SCALAR
    const size_t step = hn::Lanes(d) * kPerWord<T>;
    for (; i + step <= columns; i += step) QuantizeWords(in + i, factor, quantized + i);
#endif
    for (; i < columns; i += hn::Lanes(d)) {
      const size_t count = std::min(columns - i, hn::Lanes(d));
      HWY_ALIGN Q some[HWY_MAX_BYTES];
      hn::StoreU(hn::DemoteTo(dq, Rounded(LoadSomeFloats(d, in + i, count), factor)), dq, some);
      std::copy_n(some, count, quantized + i);
    }
    std::fill(quantized + columns, quantized + pitch, Q{0});
  }
}

template <typename Q>
void QuantizeTo(const Matrix& in, size_t pitch, float steps, Q* quantized, float* scales) {
  if (in.dtype == tensor::DType::kF32) {
    QuantizeTyped(in.f32(), in.row_pitch(), in.rows, in.columns, pitch, steps, quantized, scales);
  } else {
    QuantizeTyped(in.bf16(), in.row_pitch(), in.rows, in.columns, pitch, steps, quantized, scales);
  }
}

void Quantize(const Matrix& in, size_t pitch, int8_t* quantized, float* scales) {
  QuantizeTo(in, pitch, kLargestInt8, quantized, scales);
}
void QuantizeWide(const Matrix& in, size_t pitch, float steps, int16_t* quantized, float* scales) {
  QuantizeTo(in, pitch, steps, quantized, scales);
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
HWY_EXPORT(QuantizeWide);
HWY_EXPORT(Finish);

void QuantizeRows(const Matrix& in, size_t pitch, int8_t* quantized, float* scales) {
  HWY_DYNAMIC_DISPATCH(Quantize)(in, pitch, quantized, scales);
}

void QuantizeRows(const Matrix& in, size_t pitch, float steps, int16_t* quantized, float* scales) {
  HWY_DYNAMIC_DISPATCH(QuantizeWide)(in, pitch, steps, quantized, scales);
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
