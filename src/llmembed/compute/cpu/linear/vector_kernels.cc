// The loops around the vectors. A block of a panel of weights stays in the first-level cache while
// all rows pass by; their sums wait in the second for the next block.

// Unlike the other kernels also for SSE4: here it is worth its build time, on CPUs without AVX2.
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS HWY_SSSE3
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "compute/cpu/linear/vector_kernels.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After it: what is compiled once per instruction set.
#include <algorithm>
#include <cstring>

#include "compute/cpu/linear/vector_finish-inl.h"
#include "compute/cpu/linear/vector_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

using I32 = hn::RebindToSigned<F32>;
using VI32 = hn::Vec<I32>;

// Of a panel's weights, as they are multiplied, that meet all rows.
constexpr size_t kBlockBytes = size_t{24} << 10;
// Rows that meet all weights before the next ones do: weights come from behind the caches for each
// such block of rows, rows from a cache that holds so many bytes of them.
constexpr size_t kMostBlockRows = 512;
constexpr size_t kLeastBlockRows = 48;
constexpr size_t kHeldRowBytes = size_t{2} << 20;

// Products of f32.
struct FloatProducts {
  using Number = float;  // of the input, and of weights as they are multiplied
  using Sum = float;
  using Sums = VF32;
  using D = F32;
  static constexpr size_t kStep = 1;  // of the depth
  // Sums of so many rows and vectors of outputs, and what meets in them, fill sixteen registers.
  static constexpr size_t kGroupRows = 6;
  static constexpr size_t kPanelVectors = 2;

  HWY_INLINE static VF32 Broadcast(const float* x) { return hn::Set(F32(), *x); }
  HWY_INLINE static VF32 MulAdd(VF32 x, VF32 weights, VF32 sums) {
    return hn::MulAdd(x, weights, sums);
  }
};

// Sums of pairs of products of int16, which are exact: LargestActivation() keeps them in 32 bits.
struct PairProducts {
  using Number = int16_t;
  using Sum = int32_t;
  using Sums = VI32;
  using D = I32;
  static constexpr size_t kStep = 2;
  static constexpr size_t kGroupRows = 3;  // 4 % faster than 6 by 2: fewer loads
  static constexpr size_t kPanelVectors = 4;

  HWY_INLINE static VI32 Broadcast(const int16_t* x) {
    int32_t pair;
    std::memcpy(&pair, x, sizeof(pair));
    return hn::Set(I32(), pair);
  }
  HWY_INLINE static VI32 MulAdd(VI32 x, VI32 weights, VI32 sums) {
#if HWY_TARGET <= HWY_SSSE3
    const hn::Repartition<int16_t, I32> d16;
    VI32 none = hn::Zero(I32());
    return hn::ReorderWidenMulAccumulate(I32(), hn::BitCast(d16, x), hn::BitCast(d16, weights),
                                         sums, none);
#else
    const auto low = [](VI32 pairs) { return hn::ShiftRight<16>(hn::ShiftLeft<16>(pairs)); };
    const auto high = [](VI32 pairs) { return hn::ShiftRight<16>(pairs); };
    return hn::Add(sums, hn::Add(hn::Mul(low(x), low(weights)), hn::Mul(high(x), high(weights))));
#endif
  }
};

// A few rows of the input and a block of the depth of one panel.
template <typename Products>
struct GroupJob {
  const typename Products::Number* rows;
  size_t pitch;
  const typename Products::Number* weights;  // [steps, width, kStep]
  size_t steps;
  typename Products::Sum* sums;  // [rows, width]
  bool adds;                     // to what is there
};

// The outer loop is that over fewer numbers: those are kept while the others come one by one.
template <typename Products, size_t kRows>
HWY_INLINE void MultiplyStep(const typename Products::Number* rows, size_t pitch,
                             const typename Products::Sum* weights,
                             typename Products::Sums (&sums)[kRows][Products::kPanelVectors]) {
  using V = typename Products::Sums;
  constexpr size_t kVectors = Products::kPanelVectors;
  const typename Products::D d;
  if constexpr (kVectors < Products::kGroupRows) {
    V w[kVectors];
#pragma GCC unroll 4
    for (size_t i = 0; i < kVectors; ++i) w[i] = hn::Load(d, weights + i * hn::Lanes(d));
#pragma GCC unroll 6
    for (size_t row = 0; row < kRows; ++row) {
      const V x = Products::Broadcast(rows + row * pitch);
#pragma GCC unroll 4
      for (size_t i = 0; i < kVectors; ++i) sums[row][i] = Products::MulAdd(x, w[i], sums[row][i]);
    }
  } else {
    V x[kRows];
#pragma GCC unroll 6
    for (size_t row = 0; row < kRows; ++row) x[row] = Products::Broadcast(rows + row * pitch);
#pragma GCC unroll 4
    for (size_t i = 0; i < kVectors; ++i) {
      const V w = hn::Load(d, weights + i * hn::Lanes(d));
#pragma GCC unroll 6
      for (size_t row = 0; row < kRows; ++row) {
        sums[row][i] = Products::MulAdd(x[row], w, sums[row][i]);
      }
    }
  }
}

template <typename Products, size_t kRows>
HWY_NOINLINE void MultiplyGroup(const GroupJob<Products>& job) {
  constexpr size_t kVectors = Products::kPanelVectors;
  const typename Products::D d;
  const size_t lanes = hn::Lanes(d);
  typename Products::Sums sums[kRows][kVectors];
#pragma GCC unroll 16
  for (size_t i = 0; i < kRows * kVectors; ++i) {
    sums[i / kVectors][i % kVectors] = job.adds ? hn::Load(d, job.sums + i * lanes) : hn::Zero(d);
  }
  const auto* rows = job.rows;
  const auto* weights = reinterpret_cast<const typename Products::Sum*>(job.weights);
  for (size_t step = 0; step < job.steps; ++step) {
    MultiplyStep<Products, kRows>(rows, job.pitch, weights, sums);
    rows += Products::kStep;
    weights += kVectors * lanes;
  }
#pragma GCC unroll 16
  for (size_t i = 0; i < kRows * kVectors; ++i) {
    hn::Store(sums[i / kVectors][i % kVectors], d, job.sums + i * lanes);
  }
}

// rows: 1 to kGroupRows of the products.
template <typename Products, size_t kRows = Products::kGroupRows>
HWY_INLINE void MultiplySomeRows(const GroupJob<Products>& job, size_t rows) {
  if constexpr (kRows > 1) {
    if (rows < kRows) return MultiplySomeRows<Products, kRows - 1>(job, rows);
  }
  MultiplyGroup<Products, kRows>(job);
}

// Numbers [k, end) of the depth of a panel as they are multiplied.
HWY_INLINE const float* BlockOf(const VectorWeights& weights, size_t panel, size_t k,
                                size_t /*end*/, float* /*unpacked*/) {
  return reinterpret_cast<const float*>(weights.data + panel * weights.panel_bytes()) +
         k * weights.width;
}
HWY_INLINE const int16_t* BlockOf(const VectorWeights& weights, size_t panel, size_t k, size_t end,
                                  int16_t* unpacked) {
  const hn::ScalableTag<int16_t> d16;
  const hn::Rebind<int8_t, decltype(d16)> d8;
  const auto* from = reinterpret_cast<const int8_t*>(weights.data) + panel * weights.panel_bytes() +
                     k * weights.width;
  const size_t count = (end - k) * weights.width;
  for (size_t i = 0; i < count; i += hn::Lanes(d16)) {
    hn::Store(hn::PromoteTo(d16, hn::LoadU(d8, from + i)), d16, unpacked + i);
  }
  return unpacked;
}

// All outputs for the rows [first, end).
template <typename Products, typename Finish>
void MultiplyBlockOfRows(const VectorWeights& weights, const VectorRows& in, size_t first,
                         size_t end, const VectorOutput& out, const Finish& finish,
                         float* scratch) {
  using Number = typename Products::Number;
  using Sum = typename Products::Sum;
  auto* sums = reinterpret_cast<Sum*>(scratch);
  auto* unpacked =
      reinterpret_cast<Number*>(scratch + kVectorScratch) - kBlockBytes / sizeof(Number);
  static_assert(kMostBlockRows * Products::kPanelVectors * HWY_LANES(Sum) * sizeof(Sum) +
                    kBlockBytes <=
                kVectorScratch * sizeof(float));
  const size_t steps = weights.depth() / Products::kStep;
  const size_t most = kBlockBytes / (weights.width * Products::kStep * sizeof(Number));
  const size_t blocks = (steps + most - 1) / most;
  for (size_t panel = 0; panel < weights.panels(); ++panel) {
    for (size_t block = 0; block < blocks; ++block) {
      const size_t step = block * steps / blocks;
      const size_t step_end = (block + 1) * steps / blocks;
      const Number* packed =
          BlockOf(weights, panel, step * Products::kStep, step_end * Products::kStep, unpacked);
      for (size_t row = first; row < end; row += Products::kGroupRows) {
        const size_t rows = std::min(Products::kGroupRows, end - row);
        const auto* from = reinterpret_cast<const Number*>(in.data + row * in.row_bytes);
        Sum* at = blocks == 1 ? sums : sums + (row - first) * weights.width;
        MultiplySomeRows<Products>({from + step * Products::kStep, in.row_bytes / sizeof(Number),
                                    packed, step_end - step, at, block > 0},
                                   rows);
        if (block + 1 < blocks) continue;
        finish(weights, in, out, PanelSums<Products>{at, row, rows, panel});
      }
    }
  }
}

template <typename Products>
void MultiplyBy(const VectorWeights& weights, const VectorRows& in, size_t rows,
                const VectorOutput& out, float* scratch) {
  const size_t row_bytes = weights.depth() * sizeof(typename Products::Number);
  const size_t most =
      std::clamp(kHeldRowBytes / row_bytes / Products::kGroupRows * Products::kGroupRows,
                 kLeastBlockRows, kMostBlockRows);
  WithVectorFinish<Products>(weights, out, [&](const auto& finish) {
    for (size_t first = 0; first < rows; first += most) {
      MultiplyBlockOfRows<Products>(weights, in, first, std::min(rows, first + most), out, finish,
                                    scratch);
    }
  });
}

void MultiplyByVectors(const VectorWeights& weights, const VectorRows& in, size_t rows,
                       const VectorOutput& out, float* scratch) {
  if (weights.is_int8) return MultiplyBy<PairProducts>(weights, in, rows, out, scratch);
  MultiplyBy<FloatProducts>(weights, in, rows, out, scratch);
}

size_t PanelWidth(bool is_int8) {
  return (is_int8 ? PairProducts::kPanelVectors : FloatProducts::kPanelVectors) * hn::Lanes(F32());
}

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace llmembed::compute::cpu {

HWY_EXPORT(MultiplyByVectors);
HWY_EXPORT(PanelWidth);

size_t VectorPanelWidth(bool is_int8) { return HWY_DYNAMIC_DISPATCH(PanelWidth)(is_int8); }

std::string VectorLayoutName() {
  return "vectors-" + std::to_string(VectorPanelWidth(false)) + "-" +
         std::to_string(VectorPanelWidth(true));
}

void MultiplyVectors(const VectorWeights& weights, const VectorRows& in, size_t rows,
                     const VectorOutput& out, float* scratch) {
  HWY_DYNAMIC_DISPATCH(MultiplyByVectors)(weights, in, rows, out, scratch);
}

}  // namespace llmembed::compute::cpu
#endif  // HWY_ONCE
