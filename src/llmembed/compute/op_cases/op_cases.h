// One table of cases for every operation and backend: tests check a backend against the reference
// on them, benchmarks time it on them.
#pragma once

#include <cstddef>
#include <vector>

#include "compute/ops.h"

namespace llmembed::compute {

// One block of a real model: what all its operations are called with.
struct ModelCase {
  const char* name;
  size_t width;               // of the residual stream
  size_t feed_forward_width;  // behind the gate if there is one
  AttentionShape attention;   // without its distance_bias: see RandomBias
  Activation activation;
  bool is_gated;
  NormKind norm;
  bool turns_heads;
};
const std::vector<ModelCase>& ModelCases();

// inputs x outputs of a model's products: queries, keys and values together; their way out; into
// the feed-forward (gate and up together) and out of it.
struct LinearCase {
  size_t inputs, outputs;
};
std::vector<LinearCase> LinearCasesOf(const ModelCase& model);

// Odd ones, for tests: single rows, widths that are no multiple of a vector.
struct OddLinearCase {
  size_t rows, inputs, outputs;
};
const std::vector<OddLinearCase>& OddLinearCases();

struct OddSize {
  size_t rows, width;
};
const std::vector<OddSize>& OddSizes();

// Each rule of attention alone and with others, with odd head sizes and lengths.
struct AttentionCase {
  std::vector<int32_t> tokens;  // of the batch's texts
  std::vector<int32_t> read;    // of those, tokens that are no padding; empty: all
  AttentionShape shape;         // without its distance_bias: see RandomBias
};
const std::vector<AttentionCase>& AttentionCases();

}  // namespace llmembed::compute
