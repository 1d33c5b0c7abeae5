// The operands are cut into blocks that fit the caches. A block is split into its three bf16 parts
// and packed tile by tile in the order in which it is read.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "compute/cpu/linear/tile_gemm.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After it: what is compiled once per instruction set.
#include <omp.h>

#include <algorithm>

#include "compute/cpu/linear/onednn_support.h"
#include "compute/cpu/linear/split_pack-inl.h"
#include "compute/cpu/linear/split_panels.h"
#include "compute/cpu/linear/tile_gemm.h"
#include "compute/cpu/linear/tile_panels-inl.h"
#include "compute/cpu/linear/weight_memory.h"
#include "compute/cpu/tiles-inl.h"
#include "compute/cpu/vector_io-inl.h"

#ifndef LLMEMBED_COMPUTE_CPU_TILE_GEMM_CC_
#define LLMEMBED_COMPUTE_CPU_TILE_GEMM_CC_
namespace llmembed::compute::cpu {

constexpr size_t kBlockRows = 1024;  // of A, packed for all threads
constexpr size_t kGroup = 4;         // panels of A that one thread packs at a time

}  // namespace llmembed::compute::cpu
#endif  // LLMEMBED_COMPUTE_CPU_TILE_GEMM_CC_

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

#if HWY_TARGET == HWY_AVX3

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
HWY_INLINE void AddSums(const float* sums, const SplitProduct& job, size_t rows, size_t columns,
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

void MultiplyBlock(const SplitProduct& job) {
  const TileSession session;
  const size_t panel_size = PanelSize(job.depth);
  HWY_ALIGN float sums[kPanel * kPanel];
  for (size_t row = 0; row < job.rows; row += kPanel) {
    const size_t rows = std::min(kPanel, job.rows - row);
    const uint16_t* const a = job.a + row / kPanel * panel_size;
    const size_t to_next = row + kPanel < job.rows ? panel_size : 0;
    for (size_t column = 0; column < job.columns; column += kPanel) {
      const size_t columns = std::min(kPanel, job.columns - column);
      float* c = job.c + row * job.pitch + column;
      // A quarter of the next panel of A with each of B's four, which all read this one.
      const size_t quarter = column / kPanel;
      const Ahead ahead(a + to_next + quarter * (panel_size / 4));
      ZeroTile<0>();
      ZeroTile<1>();
      ZeroTile<2>();
      ZeroTile<3>();
      MultiplyPanels(a, job.b + quarter * panel_size, job.depth, ahead);
      if (rows == kPanel && columns == kPanel && !job.adds) {
        StoreSums(c, job.pitch);
      } else {
        StoreSums(sums, kPanel);
        AddSums(sums, job, rows, columns, c);
      }
    }
  }
}

#else

void MultiplyBlock(const SplitProduct& /*job*/) {}

#endif  // HWY_AVX3

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace llmembed::compute::cpu {
HWY_EXPORT(MultiplyBlock);
HWY_EXPORT(PackPanels);

void PackSplitPanels(const Lines& lines, size_t line, size_t panels, size_t k, size_t depth,
                     SplitSide side, uint16_t* to) {
  HWY_DYNAMIC_DISPATCH(PackPanels)(lines, line, panels, k, depth, side == SplitSide::kA, to);
}

void MultiplySplit(const SplitProduct& job) { HWY_DYNAMIC_DISPATCH(MultiplyBlock)(job); }

namespace {

constexpr size_t kFewest = 64;  // rows, columns and depth of a product that is worth packing

Lines LinesOf(const GemmInput& input, size_t count, size_t depth, bool along_depth) {
  const size_t gapless = along_depth ? depth : count;
  return {input.values, count, depth, input.row_stride != 0 ? input.row_stride : gapless,
          along_depth};
}

// One thread's share of a product, called by each of them: `packed` has room for a block of A,
// which they pack together, `own` for a block of B.
void MultiplyShare(const GemmShape& shape, const Lines& rows, const Lines& columns,
                   const GemmOutput& c, uint16_t* packed, uint16_t* own) {
  const auto block_columns = static_cast<int64_t>((shape.n + kBlockColumns - 1) / kBlockColumns);
  for (size_t k = 0; k < shape.k; k += kBlockDepth) {
    const size_t depth = std::min<size_t>(kBlockDepth, shape.k - k);
    const size_t panel_size = PanelSize(depth);
    for (size_t row = 0; row < shape.m; row += kBlockRows) {
      const size_t row_count = std::min<size_t>(kBlockRows, shape.m - row);
      const size_t panels = PanelsOf(row_count);
      const auto groups = static_cast<int64_t>((panels + kGroup - 1) / kGroup);
#pragma omp for schedule(static)
      for (int64_t group = 0; group < groups; ++group) {
        const size_t first = static_cast<size_t>(group) * kGroup;
        PackSplitPanels(rows, row + first * kPanel, std::min(kGroup, panels - first), k, depth,
                        SplitSide::kA, packed + first * panel_size);
      }
#pragma omp for schedule(static)
      for (int64_t block = 0; block < block_columns; ++block) {
        const size_t column = static_cast<size_t>(block) * kBlockColumns;
        const size_t column_count = std::min<size_t>(kBlockColumns, shape.n - column);
        PackSplitPanels(columns, column, PanelsOf(column_count), k, depth, SplitSide::kB, own);
        MultiplySplit({.depth = depth,
                       .a = packed,
                       .b = own,
                       .rows = row_count,
                       .columns = column_count,
                       .c = c.values + row * c.row_stride + column,
                       .pitch = c.row_stride,
                       .adds = k > 0 || c.beta == 1.0F});
      }
    }
  }
}

}  // namespace

bool TilesFit(const GemmShape& shape, const GemmOutput& c) {
  return shape.m >= kFewest && shape.n >= kFewest && shape.k >= kFewest && c.alpha == 1.0F &&
         (c.beta == 0.0F || c.beta == 1.0F) && OneDnnUsesTiles();
}

Status TileGemm(const GemmShape& shape, const GemmInput& a, const GemmInput& b, const GemmOutput& c,
                int threads) {
  GemmOutput output = c;
  if (output.row_stride == 0) output.row_stride = shape.n;
  const Lines rows = LinesOf(a, shape.m, shape.k, a.transpose == Transpose::kNo);
  const Lines columns = LinesOf(b, shape.n, shape.k, b.transpose == Transpose::kYes);
  constexpr size_t kBlockSize = PanelSize(kBlockDepth);
  constexpr size_t kOwnSize = PanelsOf(kBlockColumns) * kBlockSize;
  const size_t shared_size = PanelsOf(std::min<size_t>(kBlockRows, shape.m)) * kBlockSize;
  // One step more than is packed, for MultiplyPanels; kept, as a training asks for it every time.
  thread_local WeightMemory memory;
  thread_local size_t size = 0;
  const size_t needed = shared_size + static_cast<size_t>(threads) * kOwnSize + kStepSize;
  if (size < needed) {
    LLMEMBED_ASSIGN_OR_RETURN(memory, AllocateWeightMemory(needed * sizeof(uint16_t)));
    size = needed;
  }
  auto* const packed = static_cast<uint16_t*>(memory.get());
#pragma omp parallel num_threads(threads)
  {
    uint16_t* own = packed + shared_size + static_cast<size_t>(omp_get_thread_num()) * kOwnSize;
    MultiplyShare(shape, rows, columns, output, packed, own);
  }
  return {};
}

}  // namespace llmembed::compute::cpu
#endif  // HWY_ONCE
