// The operands are cut into blocks that fit the caches. A block is split into its three bf16 parts
// and packed tile by tile in the order in which it is read.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "compute/cpu/tile_gemm.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After it: what is compiled once per instruction set.
#include <omp.h>

#include <algorithm>

#include "compute/cpu/onednn_support.h"
#include "compute/cpu/split_pack-inl.h"
#include "compute/cpu/split_panels.h"
#include "compute/cpu/tile_gemm.h"
#include "compute/cpu/tiles-inl.h"
#include "compute/cpu/vector_io-inl.h"
#include "hwy/cache_control.h"
#include "tensor/aligned_buffer.h"

#ifndef LLMEMBED_COMPUTE_CPU_TILE_GEMM_CC_
#define LLMEMBED_COMPUTE_CPU_TILE_GEMM_CC_
namespace llmembed::compute::cpu {

constexpr size_t kBlockDepth = 1024;
constexpr size_t kBlockRows = 1024;    // of A, packed for all threads
constexpr size_t kBlockColumns = 128;  // of B, packed by each thread for itself

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

#else

void MultiplyBlock(const TileJob& /*job*/) {}

#endif  // HWY_AVX3

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace llmembed::compute::cpu {
HWY_EXPORT(MultiplyBlock);
HWY_EXPORT(PackPanel);

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
          HWY_DYNAMIC_DISPATCH(PackPanel)
          (rows, row + i * kPanel, k, depth, true, packed + i * panel_size);
        }
#pragma omp for schedule(static)
        for (int64_t block = 0; block < block_columns; ++block) {
          const size_t column = static_cast<size_t>(block) * kBlockColumns;
          const size_t column_count = std::min<size_t>(kBlockColumns, shape.n - column);
          for (size_t i = 0; i < PanelsOf(column_count); ++i) {
            HWY_DYNAMIC_DISPATCH(PackPanel)
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
