#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "compute/cpu/int8_kernels.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After it: what is compiled once per instruction set.
#include <algorithm>
#include <cmath>
#include <string>

#include "compute/cpu/int8_kernels.h"
#include "compute/cpu/vector_io-inl.h"
#include "compute/int8.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

template <typename T>
float LargestOf(const T* row, size_t count) {
  const F32 d;
  VF32 largest = hn::Zero(d);
  // Max drops a NaN: the sum keeps it, as 0 * x is NaN for what is not finite.
  VF32 not_finite = hn::Zero(d);
  const auto take = [&](VF32 x) {
    largest = hn::Max(largest, hn::Abs(x));
    not_finite = hn::MulAdd(hn::Zero(d), x, not_finite);
  };
  ForEachVector(
      d, count, [&](size_t i) { take(LoadFloats(d, row + i)); },
      [&](size_t i, size_t n) { take(LoadSomeFloats(d, row + i, n)); });
  const float bad = hn::GetLane(hn::SumOfLanes(d, not_finite));
  return hn::GetLane(hn::MaxOfLanes(d, largest)) + bad;
}

template <typename T>
void QuantizeTyped(const T* in, size_t in_pitch, size_t rows, size_t columns, size_t pitch,
                   int8_t* quantized, float* scales) {
  const F32 d;
  const hn::Rebind<int8_t, F32> d8;
  for (size_t row = 0; row < rows; ++row, in += in_pitch, quantized += pitch) {
    const float largest = LargestOf(in, columns);
    scales[row] = Int8Scale(largest);
    const VF32 factor = hn::Set(d, Int8Factor(largest));
    const auto rounded = [&](VF32 x) {
      return hn::DemoteTo(d8, hn::NearestInt(hn::Mul(x, factor)));
    };
    ForEachVector(
        d, columns,
        [&](size_t i) { hn::StoreU(rounded(LoadFloats(d, in + i)), d8, quantized + i); },
        [&](size_t i, size_t n) {
          HWY_ALIGN int8_t some[HWY_MAX_BYTES];
          hn::StoreU(rounded(LoadSomeFloats(d, in + i, n)), d8, some);
          std::copy_n(some, n, quantized + i);
        });
    std::fill(quantized + columns, quantized + pitch, int8_t{0});
  }
}

void Quantize(const Matrix& in, size_t pitch, int8_t* quantized, float* scales) {
  if (in.dtype == tensor::DType::kF32) {
    QuantizeTyped(in.f32(), in.row_pitch(), in.rows, in.columns, pitch, quantized, scales);
  } else {
    QuantizeTyped(in.bf16(), in.row_pitch(), in.rows, in.columns, pitch, quantized, scales);
  }
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
HWY_EXPORT(Finish);

void QuantizeRows(const Matrix& in, size_t pitch, int8_t* quantized, float* scales) {
  HWY_DYNAMIC_DISPATCH(Quantize)(in, pitch, quantized, scales);
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
