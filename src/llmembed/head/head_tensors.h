// A head as named tensors, the form a bundle stores it in.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "head/head.h"
#include "llmembed/status.h"

namespace llmembed::head {

// Borrows the values.
struct NamedTensor {
  std::string name;
  std::vector<uint64_t> shape;
  std::span<const float> values;  // row-major
};

// "head.0.weight" [outputs, inputs], "head.0.bias" [outputs], "head.1.weight", ...; for a fusion
// stage "fusion.tap.0.mean" and "fusion.tap.0.scale" [width] of each tap, and "fusion." with the
// name of each of its network's parameters. Borrows `head`.
std::vector<NamedTensor> HeadTensors(const Head& head);

// The inverse, for tensors in any order. `expression` is the fusion that was trained with the head;
// nullptr: there was none. kCorrupt naming the tensor that is missing, unknown, repeated, of a
// wrong shape, or that holds a value which is not finite.
Result<Head> HeadFromTensors(std::span<const NamedTensor> tensors,
                             const fusion::Expression* expression = nullptr);

}  // namespace llmembed::head
