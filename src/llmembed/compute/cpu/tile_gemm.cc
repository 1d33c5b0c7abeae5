// The operands are cut into blocks that fit the caches. A block is split into its three bf16 parts
// and packed tile by tile in the order in which it is read.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "compute/cpu/tile_gemm.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After it: what is compiled once per instruction set.
#include <omp.h>

#include <algorithm>
#include <vector>

#include "compute/cpu/onednn_support.h"
#include "compute/cpu/tile_gemm.h"
#include "compute/cpu/tiles-inl.h"
#include "compute/cpu/vector_io-inl.h"
#include "hwy/cache_control.h"
#include "tensor/aligned_buffer.h"

#ifndef LLMEMBED_COMPUTE_CPU_TILE_GEMM_CC_
#define LLMEMBED_COMPUTE_CPU_TILE_GEMM_CC_
namespace llmembed::compute::cpu {

constexpr size_t kSide = 16;          // rows or columns of a tile of sums
constexpr size_t kPanel = 2 * kSide;  // rows of A, or columns of B, that are multiplied at a time
constexpr size_t kStep = 32;          // of the depth: a tile's pairs of bf16
constexpr size_t kParts = 3;          // a number's bf16: the large, the middle, the small one
constexpr size_t kTile = kSide * kStep;           // bf16 of a tile
constexpr size_t kStepSize = 2 * kParts * kTile;  // of a panel
// In a packed step the parts stand in the order in which MultiplyPanels reads them first.
constexpr size_t kPlaceInA[kParts] = {0, 2, 1};
constexpr size_t kPlaceInB[kParts] = {2, 1, 0};
constexpr size_t kBlockDepth = 1024;
constexpr size_t kBlockRows = 1024;    // of A, packed for all threads
constexpr size_t kBlockColumns = 128;  // of B, packed by each thread for itself

// A or B as lines along the depth: rows of A, columns of B.
struct Lines {
  const float* values;
  size_t count;
  size_t depth;
  size_t pitch;
  bool along_depth;  // number k of line i is values[i * pitch + k], else values[k * pitch + i]
};

// One thread's part of a product.
struct TileJob {
  size_t depth;       // of this block
  const uint16_t* a;  // panels of it, packed
  const uint16_t* b;
  size_t rows, columns;  // of the block of sums
  float* c;
  size_t pitch;  // of c
  bool adds;     // to what is in c
};

}  // namespace llmembed::compute::cpu
#endif  // LLMEMBED_COMPUTE_CPU_TILE_GEMM_CC_

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

// Two numbers' parts that stand side by side along the depth as one word each.
HWY_INLINE VU32 Pair(VU32 first, VU32 second) {
  return hn::Or(hn::ShiftRight<16>(first), hn::And(second, hn::Set(U32(), 0xFFFF0000U)));
}

// The parts of 32 numbers in their order, of which `low` has the first 16.
HWY_INLINE VU32 UpperHalves(VU32 low, VU32 high) {
  const hn::Repartition<uint16_t, U32> d16;
  return hn::BitCast(U32(), hn::ConcatOdd(d16, hn::BitCast(d16, high), hn::BitCast(d16, low)));
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
  for (size_t i = 0; i < kSide;
       i += 4) {  // rows[i + j]: column j of each block, of rows i to i + 3
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
      const float* from = lines.values + (k + 2 * row) * lines.pitch + line;
      hwy::Prefetch(from + kStep * lines.pitch);
      hwy::Prefetch(from + (kStep + 1) * lines.pitch);
      if (2 * row < depth) first = LoadUpTo(from, line_count);
      if (2 * row + 1 < depth) second = LoadUpTo(from + lines.pitch, line_count);
    }
    const Split low = SplitFloats(first);
    const Split high = SplitFloats(second);
    for (size_t part = 0; part < kParts; ++part) {
      words[part][row] = lines.along_depth ? UpperHalves(low.part[part], high.part[part])
                                           : Pair(low.part[part], high.part[part]);
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

// A panel of 32 lines: for every step of the depth the parts, of each the two tiles.
HWY_INLINE void PackPanel(const Lines& lines, size_t line, size_t k, size_t depth, bool by_line,
                          uint16_t* to) {
  for (size_t step = 0; step < depth; step += kStep, to += kStepSize) {
    for (size_t half = 0; half < 2; ++half) {
      const size_t first = line + half * kSide;
      if (first < lines.count) {
        PackTile(lines, first, k + step, by_line, to + half * kTile);
      } else {
        for (size_t part = 0; part < kParts; ++part) {
          std::fill_n(to + part * 2 * kTile + half * kTile, kTile, uint16_t{0});
        }
      }
    }
  }
}

// Tile `kTo` is the first or second one of a part.
template <int kTo>
HWY_INLINE void LoadPart(const uint16_t* step, size_t part, size_t which) {
  LoadTile<kTo>(step + (2 * part + which) * kTile, kSide * sizeof(float));
}

// The four products of tiles 4 and 5 with 6 and 7. A tile is loaded as soon as its last product is
// on its way, so that the next one does not wait for it: the next part of B, or of A.
HWY_INLINE void MultiplyThenLoadB(const uint16_t* b, size_t part) {
  part = kPlaceInB[part];
  MultiplyTiles<0, 4, 6>();
  MultiplyTiles<2, 5, 6>();
  LoadPart<6>(b, part, 0);
  MultiplyTiles<1, 4, 7>();
  MultiplyTiles<3, 5, 7>();
  LoadPart<7>(b, part, 1);
}
HWY_INLINE void MultiplyThenLoadA(const uint16_t* a, size_t part) {
  part = kPlaceInA[part];
  MultiplyTiles<0, 4, 6>();
  MultiplyTiles<1, 4, 7>();
  LoadPart<4>(a, part, 0);
  MultiplyTiles<2, 5, 6>();
  MultiplyTiles<3, 5, 7>();
  LoadPart<5>(a, part, 1);
}

// Adds the product of two panels to the sums. Reads one step behind their ends.
HWY_INLINE void MultiplyPanels(const uint16_t* a, const uint16_t* b, size_t depth) {
  LoadPart<4>(a, kPlaceInA[0], 0);
  LoadPart<5>(a, kPlaceInA[0], 1);
  LoadPart<6>(b, kPlaceInB[2], 0);
  LoadPart<7>(b, kPlaceInB[2], 1);
  for (size_t step = 0; step < depth; step += kStep) {
    MultiplyThenLoadB(b, 1);
    MultiplyThenLoadB(b, 0);
    MultiplyThenLoadA(a, 2);
    MultiplyThenLoadA(a, 1);
    MultiplyThenLoadB(b, 1);
    a += kStepSize;
    b += kStepSize;
    MultiplyTiles<0, 4, 6>();
    MultiplyTiles<1, 4, 7>();
    LoadPart<4>(a, kPlaceInA[0], 0);
    MultiplyTiles<2, 5, 6>();
    LoadPart<6>(b, kPlaceInB[2], 0);
    MultiplyTiles<3, 5, 7>();
    LoadPart<5>(a, kPlaceInA[0], 1);
    LoadPart<7>(b, kPlaceInB[2], 1);
  }
}

// The sums of a panel of A and one of B, to [32, 32] numbers `pitch` apart.
HWY_INLINE void StoreSums(float* to, size_t pitch) {
  const size_t bytes = pitch * sizeof(float);
  StoreTile<0>(to, bytes);
  StoreTile<1>(to + kSide, bytes);
  StoreTile<2>(to + kSide * pitch, bytes);
  StoreTile<3>(to + kSide * pitch + kSide, bytes);
}

// Sums of a block go to those of the blocks before as a whole: that is more exact than one long
// chain, and what AMX adds in the end is as good as what vectors of f32 would.
HWY_INLINE void AddSums(const float* sums, const TileJob& job, size_t rows, size_t columns,
                        float* c) {
  const F32 d;
  for (size_t r = 0; r < rows; ++r, sums += kPanel, c += job.pitch) {
    for (size_t i = 0; i < columns; i += kSide) {
      const auto some = hn::FirstN(d, columns - i);
      VF32 sum = hn::LoadU(d, sums + i);
      if (job.adds) sum = hn::Add(sum, hn::MaskedLoad(some, d, c + i));
      hn::BlendedStore(sum, some, d, c + i);
    }
  }
}

void MultiplyBlock(const TileJob& job) {
  const TileSession session;
  const size_t panel_size = (job.depth + kStep - 1) / kStep * kStepSize;
  HWY_ALIGN float sums[kPanel * kPanel];
  for (size_t row = 0; row < job.rows; row += kPanel) {
    const size_t rows = std::min(kPanel, job.rows - row);
    for (size_t column = 0; column < job.columns; column += kPanel) {
      const size_t columns = std::min(kPanel, job.columns - column);
      float* c = job.c + row * job.pitch + column;
      for (size_t r = 0; r < rows; ++r) {  // there by the time they are needed
        hwy::Prefetch(c + r * job.pitch);
        hwy::Prefetch(c + r * job.pitch + kSide);
      }
      ZeroTile<0>();
      ZeroTile<1>();
      ZeroTile<2>();
      ZeroTile<3>();
      MultiplyPanels(job.a + row / kPanel * panel_size, job.b + column / kPanel * panel_size,
                     job.depth);
      if (rows == kPanel && columns == kPanel && !job.adds) {
        StoreSums(c, job.pitch);
      } else {
        StoreSums(sums, kPanel);
        AddSums(sums, job, rows, columns, c);
      }
    }
  }
}

void PackLines(const Lines& lines, size_t line, size_t k, size_t depth, bool by_line,
               uint16_t* to) {
  PackPanel(lines, line, k, depth, by_line, to);
}

#else

void MultiplyBlock(const TileJob& /*job*/) {}
void PackLines(const Lines& /*lines*/, size_t /*line*/, size_t /*k*/, size_t /*depth*/,
               bool /*by_line*/, uint16_t* /*to*/) {}

#endif  // HWY_AVX3

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace llmembed::compute::cpu {
HWY_EXPORT(MultiplyBlock);
HWY_EXPORT(PackLines);

namespace {

constexpr size_t kFewest = 64;  // rows, columns and depth of a product that is worth packing

constexpr size_t PanelsOf(size_t lines) { return (lines + kPanel - 1) / kPanel; }

Lines LinesOf(const GemmInput& input, size_t count, size_t depth, bool along_depth) {
  const size_t gapless = along_depth ? depth : count;
  return {input.values, count, depth, input.row_stride != 0 ? input.row_stride : gapless,
          along_depth};
}

}  // namespace

bool TilesFit(const GemmShape& shape, const GemmOutput& c) {
  return shape.m >= kFewest && shape.n >= kFewest && shape.k >= kFewest && c.alpha == 1.0F &&
         (c.beta == 0.0F || c.beta == 1.0F) && OneDnnUsesTiles();
}

Status TileGemm(const GemmShape& shape, const GemmInput& a, const GemmInput& b, const GemmOutput& c,
                int threads) {
  const Lines rows = LinesOf(a, shape.m, shape.k, a.transpose == Transpose::kNo);
  const Lines columns = LinesOf(b, shape.n, shape.k, b.transpose == Transpose::kYes);
  const size_t pitch = c.row_stride != 0 ? c.row_stride : shape.n;
  constexpr size_t kBlockSize = kBlockDepth / kStep * kStepSize;  // of a panel
  constexpr size_t kOwnSize = PanelsOf(kBlockColumns) * kBlockSize;
  const size_t shared_size = PanelsOf(std::min<size_t>(kBlockRows, shape.m)) * kBlockSize;
  // One step more than is packed, for MultiplyPanels; kept, as a training asks for it every time.
  thread_local tensor::AlignedBuffer<uint16_t> memory;
  const size_t needed = shared_size + static_cast<size_t>(threads) * kOwnSize + kStepSize;
  if (memory.size() < needed) {
    LLMEMBED_ASSIGN_OR_RETURN(memory, tensor::AlignedBuffer<uint16_t>::Create(needed));
  }
  uint16_t* const packed = memory.data();
  const auto block_columns = static_cast<int64_t>((shape.n + kBlockColumns - 1) / kBlockColumns);
#pragma omp parallel num_threads(threads)
  {
    uint16_t* own = packed + shared_size + static_cast<size_t>(omp_get_thread_num()) * kOwnSize;
    for (size_t k = 0; k < shape.k; k += kBlockDepth) {
      const size_t depth = std::min<size_t>(kBlockDepth, shape.k - k);
      const size_t panel_size = (depth + kStep - 1) / kStep * kStepSize;
      for (size_t row = 0; row < shape.m; row += kBlockRows) {
        const size_t row_count = std::min<size_t>(kBlockRows, shape.m - row);
        const auto panels = static_cast<int64_t>(PanelsOf(row_count));
#pragma omp for schedule(static)
        for (int64_t panel = 0; panel < panels; ++panel) {
          const auto i = static_cast<size_t>(panel);
          HWY_DYNAMIC_DISPATCH(PackLines)
          (rows, row + i * kPanel, k, depth, true, packed + i * panel_size);
        }
#pragma omp for schedule(static)
        for (int64_t block = 0; block < block_columns; ++block) {
          const size_t column = static_cast<size_t>(block) * kBlockColumns;
          const size_t column_count = std::min<size_t>(kBlockColumns, shape.n - column);
          for (size_t i = 0; i < PanelsOf(column_count); ++i) {
            HWY_DYNAMIC_DISPATCH(PackLines)
            (columns, column + i * kPanel, k, depth, false, own + i * panel_size);
          }
          HWY_DYNAMIC_DISPATCH(MultiplyBlock)
          ({.depth = depth,
            .a = packed,
            .b = own,
            .rows = row_count,
            .columns = column_count,
            .c = c.values + row * pitch + column,
            .pitch = pitch,
            .adds = k > 0 || c.beta == 1.0F});
        }
      }
    }
  }
  return {};
}

}  // namespace llmembed::compute::cpu
#endif  // HWY_ONCE
