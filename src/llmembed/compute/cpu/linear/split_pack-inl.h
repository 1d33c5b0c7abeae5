// Numbers of f32 become three bf16 each, packed for AMX's tiles. Included once per instruction set;
// there is something in it for AVX-512 only.
#if defined(LLMEMBED_COMPUTE_CPU_LINEAR_SPLIT_PACK_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LLMEMBED_COMPUTE_CPU_LINEAR_SPLIT_PACK_INL_H_
#undef LLMEMBED_COMPUTE_CPU_LINEAR_SPLIT_PACK_INL_H_
#else
#define LLMEMBED_COMPUTE_CPU_LINEAR_SPLIT_PACK_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "compute/cpu/linear/split_panels.h"
#include "compute/cpu/vector_io-inl.h"
#include "hwy/cache_control.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

#if HWY_TARGET == HWY_AVX3

using U32 = hn::RebindToUnsigned<F32>;
using VU32 = hn::Vec<U32>;

// The bits of a number's parts, each in the upper half of a word.
struct Split {
  VU32 part[kParts];
};

// Rounds to nearest twice; what is then left fits in a bf16.
HWY_INLINE Split SplitFloats(VF32 x) {
  const F32 d;
  const U32 du;
  const auto rounded = [&](VF32 v) {
    return hn::And(hn::Add(hn::BitCast(du, v), hn::Set(du, 0x8000)), hn::Set(du, 0xFFFF0000U));
  };
  Split split;
  split.part[0] = rounded(x);
  const VF32 rest = hn::Sub(x, hn::BitCast(d, split.part[0]));
  split.part[1] = rounded(rest);
  split.part[2] = hn::BitCast(du, hn::Sub(rest, hn::BitCast(d, split.part[1])));
  return split;
}

// Two numbers' parts that stand side by side along the depth as one word each. Which two does not
// matter as long as they are the same of A and of B: here 16 apart, which takes no shuffling.
HWY_INLINE VU32 Pair(VU32 first, VU32 second) {
  return hn::Or(hn::ShiftRight<16>(first), hn::And(second, hn::Set(U32(), 0xFFFF0000U)));
}

HWY_INLINE VF32 LoadUpTo(const float* from, size_t count) {
  const F32 d;
  return count >= kSide ? hn::LoadU(d, from) : hn::MaskedLoad(hn::FirstN(d, count), d, from);
}

// Rows of 16 words become columns.
HWY_INLINE void Transpose(VU32 (&rows)[kSide]) {
  const U32 d;
  const hn::RepartitionToWide<U32> d64;
  VU32 pairs[kSide];  // within blocks of four words: first pairs of rows, then fours
  for (size_t i = 0; i < kSide; i += 2) {
    pairs[i] = hn::InterleaveLower(d, rows[i], rows[i + 1]);
    pairs[i + 1] = hn::InterleaveUpper(d, rows[i], rows[i + 1]);
  }
  const auto lower = [&](VU32 a, VU32 b) {
    return hn::BitCast(d, hn::InterleaveLower(d64, hn::BitCast(d64, a), hn::BitCast(d64, b)));
  };
  const auto upper = [&](VU32 a, VU32 b) {
    return hn::BitCast(d, hn::InterleaveUpper(d64, hn::BitCast(d64, a), hn::BitCast(d64, b)));
  };
  // rows[i + j]: column j of each block, of rows i to i + 3.
  for (size_t i = 0; i < kSide; i += 4) {
    rows[i] = lower(pairs[i], pairs[i + 2]);
    rows[i + 1] = upper(pairs[i], pairs[i + 2]);
    rows[i + 2] = lower(pairs[i + 1], pairs[i + 3]);
    rows[i + 3] = upper(pairs[i + 1], pairs[i + 3]);
  }
  // Blocks (0, 2) or (1, 3) of both.
  const auto even = [](VU32 a, VU32 b) { return VU32{_mm512_shuffle_i32x4(a.raw, b.raw, 0x88)}; };
  const auto odd = [](VU32 a, VU32 b) { return VU32{_mm512_shuffle_i32x4(a.raw, b.raw, 0xDD)}; };
  for (size_t j = 0; j < 4; ++j) {
    const VU32 even_top = even(rows[j], rows[4 + j]), odd_top = odd(rows[j], rows[4 + j]);
    const VU32 even_end = even(rows[8 + j], rows[12 + j]), odd_end = odd(rows[8 + j], rows[12 + j]);
    pairs[j] = even(even_top, even_end);
    pairs[8 + j] = odd(even_top, even_end);
    pairs[4 + j] = even(odd_top, odd_end);
    pairs[12 + j] = odd(odd_top, odd_end);
  }
  std::copy_n(pairs, kSide, rows);
}

// The parts' tiles of 16 lines and 32 numbers of the depth, from (line, k); zeros behind the end.
// `by_line`: a tile's row is a line (of A), else a pair of the depth (of B).
HWY_INLINE void PackTile(const Lines& lines, size_t line, size_t k, bool by_line, uint16_t* to) {
  const size_t line_count = std::min(kSide, lines.count - line);
  const size_t depth = std::min(kStep, lines.depth - k);
  VU32 words[kParts][kSide];
  for (size_t row = 0; row < kSide; ++row) {
    VF32 first = hn::Zero(F32()), second = first;
    if (lines.along_depth) {  // one line, 16 pairs
      const float* from = lines.values + (line + row) * lines.pitch + k;
      hwy::Prefetch(from + 2 * kStep);
      hwy::Prefetch(from + 2 * kStep + kSide);
      if (row < line_count) first = LoadUpTo(from, depth);
      if (row < line_count && depth > kSide) second = LoadUpTo(from + kSide, depth - kSide);
    } else {  // 16 lines, one pair
      const float* from = lines.values + (k + row) * lines.pitch + line;
      hwy::Prefetch(from + kStep * lines.pitch);
      hwy::Prefetch(from + (kStep + kSide) * lines.pitch);
      if (row < depth) first = LoadUpTo(from, line_count);
      if (row + kSide < depth) second = LoadUpTo(from + kSide * lines.pitch, line_count);
    }
    const Split low = SplitFloats(first);
    const Split high = SplitFloats(second);
    for (size_t part = 0; part < kParts; ++part) {
      words[part][row] = Pair(low.part[part], high.part[part]);
    }
  }
  for (size_t part = 0; part < kParts; ++part) {
    if (lines.along_depth != by_line) Transpose(words[part]);
    const size_t place = by_line ? kPlaceInA[part] : kPlaceInB[part];
    auto* tile = reinterpret_cast<uint32_t*>(to + place * 2 * kTile);
    for (size_t row = 0; row < kSide; ++row)
      hn::StoreU(words[part][row], U32(), tile + row * kSide);
  }
}

// One step of the depth of a panel of 32 lines: the parts, of each the two tiles.
HWY_INLINE void PackStep(const Lines& lines, size_t line, size_t k, bool by_line, uint16_t* to) {
  for (size_t half = 0; half < 2; ++half) {
    const size_t first = line + half * kSide;
    if (first < lines.count) {
      PackTile(lines, first, k, by_line, to + half * kTile);
    } else {
      for (size_t part = 0; part < kParts; ++part) {
        std::fill_n(to + part * 2 * kTile + half * kTile, kTile, uint16_t{0});
      }
    }
  }
}

// `panels` of them from `line` on, one behind the other, in the order in which the numbers lie in
// memory.
inline void PackPanels(const Lines& lines, size_t line, size_t panels, size_t k, size_t depth,
                       bool by_line, uint16_t* to) {
  const size_t steps = (depth + kStep - 1) / kStep;
  const auto pack = [&](size_t panel, size_t step) {
    PackStep(lines, line + panel * kPanel, k + step * kStep, by_line,
             to + (panel * steps + step) * kStepSize);
  };
  if (lines.along_depth) {
    for (size_t panel = 0; panel < panels; ++panel) {
      for (size_t step = 0; step < steps; ++step) pack(panel, step);
    }
  } else {
    for (size_t step = 0; step < steps; ++step) {
      for (size_t panel = 0; panel < panels; ++panel) pack(panel, step);
    }
  }
}

#else

inline void PackPanels(const Lines& /*lines*/, size_t /*line*/, size_t /*panels*/, size_t /*k*/,
                       size_t /*depth*/, bool /*by_line*/, uint16_t* /*to*/) {}

#endif  // HWY_AVX3

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
