// How the operands of TileGemm lie in memory, and once they are packed.
#pragma once

#include <cstddef>

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

// A or B as lines along the depth: rows of A, columns of B.
struct Lines {
  const float* values;
  size_t count;
  size_t depth;
  size_t pitch;
  bool along_depth;  // number k of line i is values[i * pitch + k], else values[k * pitch + i]
};

}  // namespace llmembed::compute::cpu
