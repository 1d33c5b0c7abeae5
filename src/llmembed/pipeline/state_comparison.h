// How far two ways of computing the same hidden states are apart, state by state.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "backbone/backbone.h"
#include "extract/layer_states.h"
#include "llmembed/models.h"

namespace llmembed::pipeline {

// As taps name it: "0", "6", or "6.raw" before a final norm.
std::string StateName(const backbone::StatePoint& point);

// What two states may differ by; a bar that is not set is not applied.
struct StateBars {
  double relative = -1.0;         // of a token, ||actual - expected|| / ||expected||
  double cosine_distance = -1.0;  // of a token, 1 - cosine
};

// expected, actual: [tokens, width]. A token of which a number is not finite is out of all bars.
StateDifference CompareStates(std::string name, std::span<const float> expected,
                              std::span<const float> actual, size_t width, const StateBars& bars);

// Fills in check->states and check->first_difference. Precondition: states of the same backbone
// and texts.
void CompareAllStates(const extract::LayerStates& expected, const extract::LayerStates& actual,
                      const StateBars& bars, ModelCheck* check);

}  // namespace llmembed::pipeline
