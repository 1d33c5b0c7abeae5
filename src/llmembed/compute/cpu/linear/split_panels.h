// How the operands of products of f32 by tiles (tile_gemm.h) lie in memory, and once they are
// packed.
#pragma once

#include <cstddef>
#include <cstdint>

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

constexpr size_t kBlockDepth = 1024;   // of the depth that is multiplied at a time, at most
constexpr size_t kBlockColumns = 128;  // of B, likewise

constexpr size_t PanelsOf(size_t lines) { return (lines + kPanel - 1) / kPanel; }
// bf16 of a packed panel.
constexpr size_t PanelSize(size_t depth) { return (depth + kStep - 1) / kStep * kStepSize; }

// A or B as lines along the depth: rows of A, columns of B.
struct Lines {
  const float* values;
  size_t count;
  size_t depth;
  size_t pitch;
  bool along_depth;  // number k of line i is values[i * pitch + k], else values[k * pitch + i]
};

enum class SplitSide { kA, kB };

// Packs `panels` of the lines from `line` on, of each the numbers [k, k + depth): the panels one
// behind the other. k is a multiple of kStep.
void PackSplitPanels(const Lines& lines, size_t line, size_t panels, size_t k, size_t depth,
                     SplitSide side, uint16_t* to);

// A block of a product: up to kBlockDepth deep, up to kBlockColumns wide.
struct SplitProduct {
  size_t depth;
  const uint16_t* a;     // packed panels; a step behind them is read too
  const uint16_t* b;     // likewise
  size_t rows, columns;  // of the sums
  float* c;
  size_t pitch;  // of c
  bool adds;     // to what is in c
};

// By AMX, for which the process must have permission.
void MultiplySplit(const SplitProduct& job);

}  // namespace llmembed::compute::cpu
