// Linear layers by AMX tiles: what TileRunner is made of. Weights and inputs are of bf16 or int8;
// a tile is 16 rows of 64 bytes of either. A panel of 32 inputs' rows meets one of 32 outputs at a
// time, `kTileStep` bytes of the depth after another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "compute/cpu/linear/output_panels.h"
#include "compute/ops.h"

namespace llmembed::compute::cpu {

inline constexpr size_t kTilePanel = 32;  // rows, or outputs
inline constexpr size_t kTileStep = 64;   // bytes of the depth
inline constexpr size_t kStepBytes = kTilePanel * kTileStep;

constexpr size_t TileCount(size_t count, size_t of) { return (count + of - 1) / of; }

// Rows of bytes, either one behind the other or cut into tiles, as the strides say.
struct TileRows {
  std::byte* data = nullptr;
  size_t row_bytes = 0;    // from a row to the next one of its panel
  size_t step_bytes = 0;   // from a step's 64 bytes of a row to those of the next step
  size_t panel_bytes = 0;  // from a panel to the next

  static TileRows RowMajor(void* data, size_t row_bytes) {
    return {static_cast<std::byte*>(data), row_bytes, kTileStep, kTilePanel * row_bytes};
  }
  // Panels one behind the other, each [steps, 2 tiles, 16 rows, 64 bytes].
  static TileRows PanelMajor(void* data, size_t steps) {
    return {static_cast<std::byte*>(data), kTileStep, kStepBytes, steps * kStepBytes};
  }
};

// In the order in which they are read (TileOrder): [panels of outputs, steps, 2 tiles, 16 words of
// the step, 16 outputs, 1 word]. A word is 32 bits: two bf16 or four int8 of the depth.
// A panel has kTilePanel outputs.
struct TileWeights : OutputPanels {
  const std::byte* data = nullptr;
  bool is_int8 = false;
  size_t steps = 0;               // of the depth, padded with zeros
  const float* bias = nullptr;    // [panels, 32]
  const float* scales = nullptr;  // [panels, 32], of int8: what weights are multiplied by

  size_t weight_bytes() const { return panels() * steps * kStepBytes; }
  size_t scale_count() const { return is_int8 ? panels() * width : 0; }
};

// Where the outputs go: to rows of f32, or of bf16 (`rows`, if its data is not null).
struct TileOutput {
  TileRows rows;
  bool has_padding = false;  // `rows` have room for whole panels
  Matrix f32;
  Write write = Write::kReplace;         // to f32
  std::optional<Activation> activation;  // to bf16 only
  const float* row_scales = nullptr;     // of int8: what rows of the input are multiplied by
};

// Rows of the input that meet all weights before the next ones do: as many as the second-level
// cache holds, since weights come from behind it.
inline constexpr size_t kBlockRows = 512;

// In which order weights of a depth are read. A block of the depth of one panel of outputs, which
// all rows meet, fits in the first-level cache. Sums of a group of panels are kept in the second
// while one block after another is added to them: beside the rows where it holds those as well,
// else for more panels, since the rows have to be fetched again for each group.
struct TileOrder {
  explicit TileOrder(size_t steps);
  size_t blocks;  // of the depth
  size_t group;   // panels of outputs
  size_t begin(size_t block, size_t steps) const { return block * steps / blocks; }
};
// What the order is called: it is in the name of weights that are kept.
std::string TileLayoutName();

inline constexpr size_t kMostGroupPanels = 12;
inline constexpr size_t kTileSums = kMostGroupPanels * kBlockRows * kTilePanel;  // scratch, words

// The byte of TileWeights::data with which a panel's step begins.
size_t StepOffset(size_t steps, size_t panels, size_t panel, size_t step);

// out = in W^T + b for `rows` rows; `in` is readable up to a multiple of 16 of them. sums:
// [kTileSums]. By AMX, for which the process must have permission.
void MultiplyTiles(const TileWeights& weights, const TileRows& in, size_t rows,
                   const TileOutput& out, void* sums);

}  // namespace llmembed::compute::cpu
