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

// Of a panel's weights that meet all rows.
constexpr size_t kBlockBytes = size_t{24} << 10;
// Rows that meet all weights before the next ones do: weights come from behind the caches for each
// such block of rows, rows from a cache that holds so many bytes of them.
constexpr size_t kMostBlockRows = 512;
constexpr size_t kLeastBlockRows = 48;
constexpr size_t kHeldRowBytes = size_t{2} << 20;

// Products of f32.
struct FloatProducts {
  using Number = float;  // of the input
  using Weight = float;
  using Sum = float;
  using D = F32;
  static constexpr size_t kStep = 1;  // of the depth
  // Sums of so many rows and vectors of outputs, and what meets in them, fill sixteen registers.
  static constexpr size_t kGroupRows = 6;
  static constexpr size_t kPanelVectors = 2;

  template <size_t kRows>
  HWY_INLINE static void AddStep(const float* rows, size_t pitch, const float* weights,
                                 VF32 (&sums)[kRows][kPanelVectors]) {
    const F32 d;
    VF32 w[kPanelVectors];
#pragma GCC unroll 4
    for (size_t i = 0; i < kPanelVectors; ++i) w[i] = hn::Load(d, weights + i * hn::Lanes(d));
#pragma GCC unroll 6
    for (size_t row = 0; row < kRows; ++row) {
      const VF32 x = hn::Set(d, rows[row * pitch]);
#pragma GCC unroll 4
      for (size_t i = 0; i < kPanelVectors; ++i) sums[row][i] = hn::MulAdd(x, w[i], sums[row][i]);
    }
  }
};

#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128 || !HWY_ARCH_X86
// `sums` and the products of four bytes and four int8 in each lane.
template <int kByte = 0>
HWY_INLINE VI32 AddProducts(VI32 sums, VI32 bytes, VI32 weights) {
  if constexpr (kByte == 4) {
    return sums;
  } else {
    const VI32 byte = hn::And(hn::ShiftRight<8 * kByte>(bytes), hn::Set(I32(), 0xFF));
    const VI32 weight = hn::ShiftRight<24>(hn::ShiftLeft<24 - 8 * kByte>(weights));
    return AddProducts<kByte + 1>(hn::Add(sums, hn::Mul(byte, weight)), bytes, weights);
  }
}
struct AddFours {
  HWY_INLINE VI32 operator()(VI32 sums, const VI32 (&bytes)[2], VI32 first, VI32 second) const {
    return AddProducts(AddProducts(sums, bytes[0], first), bytes[1], second);
  }
};
#else
using I16 = hn::Repartition<int16_t, I32>;
using VI16 = hn::Vec<I16>;

// Sums of two products of bytes and int8 next to each other.
HWY_INLINE VI16 SumsOfPairs(VI32 bytes, VI32 weights) {
#if HWY_TARGET <= HWY_AVX3
  return VI16{_mm512_maddubs_epi16(bytes.raw, weights.raw)};
#elif HWY_TARGET == HWY_AVX2
  return VI16{_mm256_maddubs_epi16(bytes.raw, weights.raw)};
#else
  return VI16{_mm_maddubs_epi16(bytes.raw, weights.raw)};
#endif
}

// `sums` and the products of eight bytes and eight int8 in each lane. Precondition: those of the
// two fours fit in 16 bits. Five instructions.
struct AddFours {
  HWY_INLINE VI32 operator()(VI32 sums, const VI32 (&bytes)[2], VI32 first, VI32 second) const {
    const VI16 fours = hn::Add(SumsOfPairs(bytes[0], first), SumsOfPairs(bytes[1], second));
    VI32 none = hn::Zero(I32());
    return hn::ReorderWidenMulAccumulate(I32(), fours, hn::Set(I16(), 1), sums, none);
  }
};
#endif

#if HWY_TARGET == HWY_AVX2
// The same by AVX-VNNI, which Highway does not know: two instructions, and no precondition.
struct AddDots {
  HWY_INLINE VI32 operator()(VI32 sums, const VI32 (&bytes)[2], VI32 first, VI32 second) const {
    asm("%{vex%} vpdpbusd %1, %2, %0" : "+x"(sums.raw) : "xm"(first.raw), "x"(bytes[0].raw));
    asm("%{vex%} vpdpbusd %1, %2, %0" : "+x"(sums.raw) : "xm"(second.raw), "x"(bytes[1].raw));
    return sums;
  }
};
#endif

// Sums of products of bytes and int8, whole.
template <typename AddEight>
struct ByteProducts {
  using Number = uint8_t;
  using Weight = int8_t;
  using Sum = int32_t;
  using D = I32;
  static constexpr size_t kStep = kTwoFours;
  static constexpr size_t kGroupRows = 3;  // a tenth faster than 6 by 2: fewer loads
  static constexpr size_t kPanelVectors = 4;

  // Four bytes in every lane.
  HWY_INLINE static VI32 Broadcast(const uint8_t* bytes) {
    int32_t four;
    std::memcpy(&four, bytes, sizeof(four));
    return hn::Set(I32(), four);
  }

  template <size_t kRows>
  HWY_INLINE static void AddStep(const uint8_t* rows, size_t pitch, const int8_t* weights,
                                 VI32 (&sums)[kRows][kPanelVectors]) {
    const I32 d;
    const auto* fours = reinterpret_cast<const int32_t*>(weights);
#pragma GCC unroll 6
    for (size_t row = 0; row < kRows; ++row) {
      const uint8_t* x = rows + row * pitch;
      const VI32 bytes[2] = {Broadcast(x), Broadcast(x + kStep / 2)};
#pragma GCC unroll 4
      for (size_t i = 0; i < kPanelVectors; ++i) {
        sums[row][i] = AddEight()(sums[row][i], bytes, hn::Load(d, fours + i * hn::Lanes(d)),
                                  hn::Load(d, fours + (kPanelVectors + i) * hn::Lanes(d)));
      }
    }
  }
};

// A few rows of the input and a block of the depth of one panel.
template <typename Products>
struct GroupJob {
  const typename Products::Number* rows;
  size_t pitch;
  const typename Products::Weight* weights;  // [steps, width, kStep]
  size_t steps;
  typename Products::Sum* sums;  // [rows, width]
  bool adds;                     // to what is there
};

template <typename Products, size_t kRows>
HWY_NOINLINE void MultiplyGroup(const GroupJob<Products>& job) {
  constexpr size_t kVectors = Products::kPanelVectors;
  const typename Products::D d;
  const size_t lanes = hn::Lanes(d);
  hn::Vec<typename Products::D> sums[kRows][kVectors];
#pragma GCC unroll 16
  for (size_t i = 0; i < kRows * kVectors; ++i) {
    sums[i / kVectors][i % kVectors] = job.adds ? hn::Load(d, job.sums + i * lanes) : hn::Zero(d);
  }
  const auto* rows = job.rows;
  const auto* weights = job.weights;
  for (size_t step = 0; step < job.steps; ++step) {
    Products::template AddStep<kRows>(rows, job.pitch, weights, sums);
    rows += Products::kStep;
    weights += kVectors * lanes * Products::kStep;
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

// All outputs for the rows [first, end).
template <typename Products, typename Finish>
void MultiplyBlockOfRows(const VectorWeights& weights, const VectorRows& in, size_t first,
                         size_t end, const VectorOutput& out, const Finish& finish,
                         float* scratch) {
  using Number = typename Products::Number;
  using Weight = typename Products::Weight;
  using Sum = typename Products::Sum;
  auto* sums = reinterpret_cast<Sum*>(scratch);
  static_assert(kMostBlockRows * Products::kPanelVectors * HWY_LANES(Sum) <= kVectorScratch);
  const size_t steps = weights.depth() / Products::kStep;
  const size_t most = kBlockBytes / (weights.width * Products::kStep * sizeof(Weight));
  const size_t blocks = (steps + most - 1) / most;
  for (size_t panel = 0; panel < weights.panels(); ++panel) {
    const auto* packed =
        reinterpret_cast<const Weight*>(weights.data + panel * weights.panel_bytes());
    for (size_t block = 0; block < blocks; ++block) {
      const size_t step = block * steps / blocks;
      const size_t step_end = (block + 1) * steps / blocks;
      for (size_t row = first; row < end; row += Products::kGroupRows) {
        const size_t rows = std::min(Products::kGroupRows, end - row);
        const auto* from = reinterpret_cast<const Number*>(in.data + row * in.row_bytes);
        Sum* at = blocks == 1 ? sums : sums + (row - first) * weights.width;
        MultiplySomeRows<Products>(
            {from + step * Products::kStep, in.row_bytes / sizeof(Number),
             packed + step * weights.width * Products::kStep, step_end - step, at, block > 0},
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
  if (!weights.is_int8) return MultiplyBy<FloatProducts>(weights, in, rows, out, scratch);
#if HWY_TARGET == HWY_AVX2
  if (!Int8AddsFours()) {
    return MultiplyBy<ByteProducts<AddDots>>(weights, in, rows, out, scratch);
  }
#endif
  MultiplyBy<ByteProducts<AddFours>>(weights, in, rows, out, scratch);
}

size_t PanelWidth(bool is_int8) {
  return (is_int8 ? ByteProducts<AddFours>::kPanelVectors : FloatProducts::kPanelVectors) *
         hn::Lanes(F32());
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
         std::to_string(VectorPanelWidth(true)) + (Int8AddsFours() ? "-fours" : "-bytes");
}

void MultiplyVectors(const VectorWeights& weights, const VectorRows& in, size_t rows,
                     const VectorOutput& out, float* scratch) {
  HWY_DYNAMIC_DISPATCH(MultiplyByVectors)(weights, in, rows, out, scratch);
}

}  // namespace llmembed::compute::cpu
#endif  // HWY_ONCE
