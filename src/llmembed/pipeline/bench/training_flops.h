// Additions and multiplications that training a head takes for each row of a pass.
#pragma once

#include <cstdint>
#include <span>

namespace llmembed::pipeline {

// Forward and backward through the linear layers; the first layer's inputs get no gradient.
double MlpFlops(uint64_t features, std::span<const uint32_t> hidden, uint32_t classes);

// Scores, and the gradient of the weights. Two classes have one score.
double LogisticFlops(uint64_t features, uint32_t classes);

}  // namespace llmembed::pipeline
