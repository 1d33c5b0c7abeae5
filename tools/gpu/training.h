// Training of heads: on the GPU against plain loops, and how long it takes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "llmembed/status.h"

namespace llmembed::gpu {

// Every operation on rows against the plain loops'. Prints a line of JSON.
Status CheckRows();

// All fifteen of the paper's fusions, a line of JSON each: the largest difference of a step's loss,
// of an epoch's held-out loss, of the trained parameters' logits and fused vectors from what plain
// loops train. `is_full`: the paper's widths, two steps, of the fusions named.
Status CompareTraining(bool is_full, const std::vector<std::string>& presets);

// `epochs` of `rows` rows at the paper's sizes (hidden layers of 1,024 and 256, dropout 0.5,
// batches of 1,024, 15 % held out), a line of JSON each.
Status TimeTraining(size_t rows, uint32_t epochs, const std::vector<std::string>& presets);

}  // namespace llmembed::gpu
