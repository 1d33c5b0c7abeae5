// One step of Adam over a run of parameters.
#pragma once

#include <cstddef>

namespace llmembed::compute {

// What is the same for all parameters of a step. `decay`: the share of itself that a parameter
// loses; `coupled_decay` times the parameter is added to its gradient instead.
struct AdamStep {
  float rate = 0.0F;                 // corrected for the mean's start at 0
  float square_correction = 1.0F;    // of the squares' start at 0
  float beta1 = 0.0F, rest1 = 0.0F;  // rest: 1 - beta
  float beta2 = 0.0F, rest2 = 0.0F;
  float epsilon = 0.0F;
  float decay = 0.0F;
  float coupled_decay = 0.0F;
};

// Each an array of `count`: the moments are moved on, the parameters stepped. One thread.
struct AdamState {
  const float* gradient = nullptr;
  float* mean = nullptr;
  float* square = nullptr;
  float* parameters = nullptr;
};
void AdamUpdate(const AdamStep& step, const AdamState& state, size_t count);

}  // namespace llmembed::compute
