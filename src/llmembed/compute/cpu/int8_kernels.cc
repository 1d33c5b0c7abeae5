#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "compute/cpu/int8_kernels.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After it: what is compiled once per instruction set.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "compute/cpu/int8_kernels.h"
#include "compute/cpu/tiles-inl.h"
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
void QuantizeTyped(const T* in, size_t rows, size_t columns, size_t pitch, int8_t* quantized,
                   float* scales) {
  const F32 d;
  const hn::Rebind<int8_t, F32> d8;
  for (size_t row = 0; row < rows; ++row, in += columns, quantized += pitch) {
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
    QuantizeTyped(in.f32(), in.rows, in.columns, pitch, quantized, scales);
  } else {
    QuantizeTyped(in.bf16(), in.rows, in.columns, pitch, quantized, scales);
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

// [rows, columns] sums of the block that begins at (row, column).
HWY_INLINE void FinishBlock(const Int8Finish& finish, const int32_t* sums, size_t pitch, size_t row,
                            size_t rows, size_t column, size_t columns) {
  const size_t width = finish.out.columns;
  const float* scales = finish.scales + column;
  const float* bias = finish.bias + column;
  for (size_t r = 0; r < rows; ++r, sums += pitch) {
    const size_t at = (row + r) * width + column;
    const float scale = finish.row_scales[row + r];
    if (finish.out.dtype == tensor::DType::kF32) {
      FinishRow(sums, scale, scales, bias, columns, finish.out.f32() + at);
    } else {
      FinishRow(sums, scale, scales, bias, columns, finish.out.bf16() + at);
    }
  }
}

void Finish(const Int8Finish& finish, const int32_t* sums, size_t pitch, size_t first,
            size_t rows) {
  FinishBlock(finish, sums, pitch, first, rows, 0, finish.out.columns);
}

#if HWY_TARGET == HWY_AVX3

// Rows of A that stay in the second-level cache while all of B goes by.
constexpr size_t kInt8CacheBytes = 1 << 20;

// A panel of A, both its tiles or the first alone, and one of B.
template <bool kBoth>
HWY_INLINE void MultiplyInt8Panels(const int8_t* a, size_t pitch, const int8_t* b, size_t inputs,
                                   int32_t* sums) {
  ZeroTile<0>();
  ZeroTile<1>();
  if constexpr (kBoth) {
    ZeroTile<2>();
    ZeroTile<3>();
  }
  for (size_t k = 0; k < inputs; k += kInt8Step, b += kInt8Panel * kInt8Step) {
    LoadTile<4>(a + k, pitch);
    LoadTile<6>(b, kInt8Step);
    MultiplyInt8Tiles<0, 4, 6>();
    LoadTile<7>(b + kTileSide * kInt8Step, kInt8Step);
    MultiplyInt8Tiles<1, 4, 7>();
    if constexpr (kBoth) {
      LoadTile<5>(a + kTileSide * pitch + k, pitch);
      MultiplyInt8Tiles<2, 5, 6>();
      MultiplyInt8Tiles<3, 5, 7>();
    }
  }
  constexpr size_t kRowBytes = kInt8Panel * sizeof(int32_t);
  StoreTile<0>(sums, kRowBytes);
  StoreTile<1>(sums + kTileSide, kRowBytes);
  if constexpr (kBoth) {
    StoreTile<2>(sums + kTileSide * kInt8Panel, kRowBytes);
    StoreTile<3>(sums + kTileSide * kInt8Panel + kTileSide, kRowBytes);
  }
}

void MultiplyAll(const int8_t* a, size_t pitch, const int8_t* tiles, size_t inputs,
                 const Int8Finish& finish) {
  const TileSession session;
  const size_t rows = finish.out.rows;
  const size_t outputs = finish.out.columns;
  const size_t depth = PaddedInt8Inputs(inputs);
  const size_t block = std::max<size_t>(kInt8CacheBytes / pitch / kInt8Panel, 2) * kInt8Panel;
  HWY_ALIGN int32_t sums[2][kInt8Panel * kInt8Panel];  // one is written while the other is read
  size_t turn = 0;
  for (size_t first = 0; first < rows; first += block) {
    const size_t end = std::min(rows, first + block);
    for (size_t column = 0; column < outputs; column += kInt8Panel) {
      const int8_t* b = tiles + column * depth;
      for (size_t row = first; row < end; row += kInt8Panel, turn ^= 1) {
        const size_t count = std::min(kInt8Panel, end - row);
        if (count > kTileSide) {
          MultiplyInt8Panels<true>(a + row * pitch, pitch, b, depth, sums[turn]);
        } else {
          MultiplyInt8Panels<false>(a + row * pitch, pitch, b, depth, sums[turn]);
        }
        FinishBlock(finish, sums[turn], kInt8Panel, row, count, column,
                    std::min(kInt8Panel, outputs - column));
      }
    }
  }
}

#else

void MultiplyAll(const int8_t* /*a*/, size_t /*pitch*/, const int8_t* /*tiles*/, size_t /*inputs*/,
                 const Int8Finish& /*finish*/) {}

#endif  // HWY_AVX3

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace llmembed::compute::cpu {

HWY_EXPORT(Quantize);
HWY_EXPORT(Finish);
HWY_EXPORT(MultiplyAll);

void QuantizeRows(const Matrix& in, size_t pitch, int8_t* quantized, float* scales) {
  HWY_DYNAMIC_DISPATCH(Quantize)(in, pitch, quantized, scales);
}

void FinishRows(const Int8Finish& finish, const int32_t* sums, size_t pitch, size_t first,
                size_t rows) {
  HWY_DYNAMIC_DISPATCH(Finish)(finish, sums, pitch, first, rows);
}

void PackInt8Tiles(const int8_t* weights, size_t inputs, size_t outputs, int8_t* tiles) {
  constexpr size_t kQuad = sizeof(int32_t);  // of the depth, side by side
  const size_t depth = PaddedInt8Inputs(inputs);
  std::memset(tiles, 0, PaddedInt8Outputs(outputs) * depth);
  for (size_t n = 0; n < outputs; ++n) {
    // Of a panel each step has two tiles, 16 rows of 16 outputs' quads each.
    const size_t in_panel = n % kInt8Panel;
    int8_t* to = tiles + n / kInt8Panel * kInt8Panel * depth + in_panel / 16 * 16 * kInt8Step +
                 in_panel % 16 * kQuad;
    for (size_t k = 0; k < inputs; ++k) {
      const size_t step = k / kInt8Step;
      const size_t quad = k % kInt8Step / kQuad;
      to[step * kInt8Panel * kInt8Step + quad * kInt8Step + k % kQuad] = weights[n * inputs + k];
    }
  }
}

void MultiplyInt8Tiles(const int8_t* a, size_t pitch, const int8_t* tiles, size_t inputs,
                       const Int8Finish& finish) {
  HWY_DYNAMIC_DISPATCH(MultiplyAll)(a, pitch, tiles, inputs, finish);
}

}  // namespace llmembed::compute::cpu
#endif  // HWY_ONCE
