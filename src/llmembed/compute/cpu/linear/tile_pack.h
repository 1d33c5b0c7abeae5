// Rows of a weight into the order of TileWeights.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "compute/cpu/linear/tile_kernels.h"
#include "compute/ops.h"

namespace llmembed::compute::cpu {

// Makes one panel after another. Not thread-safe.
class PanelPacker {
 public:
  PanelPacker() = default;
  PanelPacker(size_t inputs, bool is_int8);

  // Row `i` of the panel: a row [inputs] of a weight, one in blocks, or zeros.
  void SetRow(size_t i, const PlainWeight& weight, size_t row);
  void SetRow(size_t i, const BlockRow& row);
  void ClearRow(size_t i);

  // The rows as panel `panel` of `panels` to the weights that begin at `data`. Of int8, what the
  // rows are to be multiplied by: [32].
  void Pack(size_t panel, size_t panels, std::byte* data) const;
  const std::array<float, kTilePanel>& scales() const { return scales_; }

 private:
  std::byte* Row(size_t i) { return rows_.data() + i * pitch_; }
  void RoundValues(size_t i);

  size_t inputs_ = 0;
  bool is_int8_ = false;
  size_t pitch_ = 0;             // bytes of a row: whole steps
  std::vector<std::byte> rows_;  // [32, pitch_]
  std::vector<float> values_;    // [inputs]
  std::array<float, kTilePanel> scales_{};
};

}  // namespace llmembed::compute::cpu
