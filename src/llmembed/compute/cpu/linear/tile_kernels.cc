// The loops around the tiles. A panel of rows comes from the second-level cache and meets a panel
// of weights in the first; while tiles are multiplied, the vector units finish the sums of the
// panels before, which would otherwise take up to as long again.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "compute/cpu/linear/tile_kernels.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After it: what is compiled once per instruction set.
#include <algorithm>

#include "compute/cpu/linear/tile_finish-inl.h"
#include "compute/cpu/linear/tile_kernels.h"
#include "compute/cpu/tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

#if HWY_TARGET == HWY_AVX3

template <typename Sums, int kSums, int kA, int kB>
HWY_INLINE void MultiplyWords() {
  if constexpr (kIsInt8Sum<typename Sums::Sum>) {
    MultiplyInt8Tiles<kSums, kA, kB>();
  } else {
    MultiplyTiles<kSums, kA, kB>();
  }
}

// A block of the depth of one panel of rows and one of outputs.
template <typename Sum>
struct PanelJob {
  const std::byte* a;
  size_t row_bytes, step_bytes;
  const std::byte* b;
  size_t steps;
  Sum* sums;  // [32, 32]
  bool adds;  // to what is there
};

template <bool kBoth, typename Sum>
HWY_INLINE void BeginSums(const PanelJob<Sum>& job) {
  constexpr size_t kRowBytes = kTilePanel * sizeof(Sum);
  if (job.adds) {
    LoadTile<0>(job.sums, kRowBytes);
    LoadTile<1>(job.sums + kHalfPanel, kRowBytes);
    if constexpr (kBoth) {
      LoadTile<2>(job.sums + kHalfPanel * kTilePanel, kRowBytes);
      LoadTile<3>(job.sums + kHalfPanel * kTilePanel + kHalfPanel, kRowBytes);
    }
    return;
  }
  ZeroTile<0>();
  ZeroTile<1>();
  ZeroTile<2>();
  ZeroTile<3>();
}

template <bool kBoth, typename Sum>
HWY_INLINE void EndSums(const PanelJob<Sum>& job) {
  constexpr size_t kRowBytes = kTilePanel * sizeof(Sum);
  StoreTile<0>(job.sums, kRowBytes);
  StoreTile<1>(job.sums + kHalfPanel, kRowBytes);
  if constexpr (kBoth) {
    StoreTile<2>(job.sums + kHalfPanel * kTilePanel, kRowBytes);
    StoreTile<3>(job.sums + kHalfPanel * kTilePanel + kHalfPanel, kRowBytes);
  }
}

// kBoth: both tiles of the rows, or the first alone. Finishes all that is pending on the way.
template <typename Sums, bool kBoth, typename Finish>
HWY_INLINE void MultiplyPanels(const PanelJob<typename Sums::Sum>& job, const Finish& finish,
                               PendingRows<typename Sums::Sum>* pending) {
  BeginSums<kBoth>(job);
  const std::byte* a = job.a;
  const std::byte* b = job.b;
  const size_t rows_a_step = TileCount(kTilePanel, job.steps);
  for (size_t step = 0; step < job.steps; ++step, a += job.step_bytes, b += kStepBytes) {
    LoadTile<6>(b, kTileStep);
    LoadTileOnce<4>(a, job.row_bytes);
    MultiplyWords<Sums, 0, 4, 6>();
    LoadTile<7>(b + kStepBytes / 2, kTileStep);
    MultiplyWords<Sums, 1, 4, 7>();
    if constexpr (kBoth) {
      LoadTileOnce<5>(a + kHalfPanel * job.row_bytes, job.row_bytes);
      MultiplyWords<Sums, 2, 5, 6>();
      MultiplyWords<Sums, 3, 5, 7>();
    }
    for (size_t i = 0; i < rows_a_step; ++i) {
      if (pending->rows == 0) break;
      finish(*pending);
      pending->Next(finish.row_bytes);
    }
  }
  EndSums<kBoth>(job);
}

// Weights come from behind the second-level cache. The CPU fetches what follows in a page by
// itself, but begins anew in each: here are the beginnings of the pages of the next panel, of
// `bytes`, that are asked for with the `part`-th of `parts` products. To ask for all of it takes
// the place of loads.
HWY_INLINE void AskForPages(const std::byte* weights, size_t bytes, size_t part, size_t parts) {
  constexpr size_t kPage = 4096;
  constexpr size_t kAskedFor = 512;  // of a page, twice
  const auto begin = reinterpret_cast<uintptr_t>(weights) / kPage * kPage;
  const size_t halves = 2 * TileCount(bytes, kPage);
  for (size_t half = part; half < halves; half += parts) {
    const uintptr_t from = begin + half / 2 * kPage + half % 2 * kAskedFor;
    for (size_t at = 0; at < kAskedFor; at += kTileStep) {
      _mm_prefetch(reinterpret_cast<const char*>(from + at), _MM_HINT_T1);
    }
  }
}

// All outputs for the rows [first, end). `finish` is a copy, which stays in registers: whatever
// lies in memory is read again behind every load of a tile.
template <typename Sums, typename Finish>
void MultiplyRows(const TileWeights& weights, const TileRows& in, size_t first, size_t end,
                  const TileOutput& out, const Finish finish, typename Sums::Sum* sums) {
  using Sum = typename Sums::Sum;
  constexpr size_t kSums = kTilePanel * kTilePanel;  // of a panel of rows and one of outputs
  const TileOrder order(weights.steps);
  const size_t panels = weights.panels();
  const size_t row_panels = TileCount(end - first, kTilePanel);
  const std::byte* b = weights.data;
  PendingRows<Sum> pending;
  for (size_t group = 0; group < panels; group += order.group) {
    const size_t group_end = std::min(panels, group + order.group);
    for (size_t block = 0; block < order.blocks; ++block) {
      const size_t step = order.begin(block, weights.steps);
      const size_t steps = order.begin(block + 1, weights.steps) - step;
      for (size_t panel = group; panel < group_end; ++panel, b += steps * kStepBytes) {
        for (size_t i = 0; i < row_panels; ++i) {
          const size_t row = first + i * kTilePanel;
          const std::byte* a = in.data + row / kTilePanel * in.panel_bytes + step * in.step_bytes;
          // Of a depth that is not cut, the sums of two panels do in turns.
          const size_t place = order.blocks == 1 ? i % 2 : (panel - group) * row_panels + i;
          Sum* at = sums + place * kSums;
          const PanelJob<Sum> job{a, in.row_bytes, in.step_bytes, b, steps, at, block > 0};
          AskForPages(b + steps * kStepBytes, steps * kStepBytes, i, row_panels);
          const size_t rows = std::min(kTilePanel, end - row);
          if (rows > kHalfPanel) {
            MultiplyPanels<Sums, true>(job, finish, &pending);
          } else {
            MultiplyPanels<Sums, false>(job, finish, &pending);
          }
          if (block + 1 < order.blocks) continue;
          pending = PendingOf(weights, out, at, row, rows, panel);
          pending.to = finish.Place(out, row, panel);
        }
      }
    }
  }
  for (; pending.rows > 0; pending.Next(finish.row_bytes)) finish(pending);
}

template <typename Sums>
void MultiplyTyped(const TileWeights& weights, const TileRows& in, size_t rows,
                   const TileOutput& out, void* sums) {
  const TileSession session;
  WithFinish<Sums>(weights, out, [&](const auto& finish) {
    for (size_t first = 0; first < rows; first += kBlockRows) {
      MultiplyRows<Sums>(weights, in, first, std::min(rows, first + kBlockRows), out, finish,
                         static_cast<typename Sums::Sum*>(sums));
    }
  });
}

void MultiplyAll(const TileWeights& weights, const TileRows& in, size_t rows, const TileOutput& out,
                 void* sums) {
  if (weights.is_int8) return MultiplyTyped<Int8Sums>(weights, in, rows, out, sums);
  MultiplyTyped<Bf16Sums>(weights, in, rows, out, sums);
}

#else

void MultiplyAll(const TileWeights& /*weights*/, const TileRows& /*in*/, size_t /*rows*/,
                 const TileOutput& /*out*/, void* /*sums*/) {}

#endif  // HWY_AVX3

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace llmembed::compute::cpu {

HWY_EXPORT(MultiplyAll);

namespace {

// Up to 20 steps of weights fit; when there has to be a cut anyway, somewhat shorter blocks leave
// room for the sums.
constexpr size_t kMostSteps = 20;
constexpr size_t kBestSteps = 16;
// Of the depth of rows that the second-level cache holds beside the sums: a MiB of them.
constexpr size_t kHeldSteps = (size_t{1} << 20) / (kTileStep * kBlockRows);
constexpr size_t kFewGroupPanels = 4;

}  // namespace

TileOrder::TileOrder(size_t steps)
    : blocks(steps <= kMostSteps ? 1 : TileCount(steps, kBestSteps)),
      group(steps <= kHeldSteps ? kFewGroupPanels : kMostGroupPanels) {}

std::string TileLayoutName() {
  std::string name = "tiles";
  for (const size_t part :
       {kMostSteps, kBestSteps, kHeldSteps, kFewGroupPanels, kMostGroupPanels}) {
    name += "-" + std::to_string(part);
  }
  return name;
}

size_t StepOffset(size_t steps, size_t panels, size_t panel, size_t step) {
  const TileOrder order(steps);
  size_t block = step * order.blocks / steps;
  while (order.begin(block + 1, steps) <= step) ++block;
  while (order.begin(block, steps) > step) --block;
  const size_t group = panel / order.group * order.group;
  const size_t group_panels = std::min(order.group, panels - group);
  const size_t begin = order.begin(block, steps);
  const size_t block_steps = order.begin(block + 1, steps) - begin;
  const size_t steps_before =
      group * steps + group_panels * begin + (panel - group) * block_steps + (step - begin);
  return steps_before * kStepBytes;
}

void MultiplyTiles(const TileWeights& weights, const TileRows& in, size_t rows,
                   const TileOutput& out, void* sums) {
  HWY_DYNAMIC_DISPATCH(MultiplyAll)(weights, in, rows, out, sums);
}

}  // namespace llmembed::compute::cpu
#endif  // HWY_ONCE
