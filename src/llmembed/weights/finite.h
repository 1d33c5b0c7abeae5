// Whether weights can be trusted to be numbers.
#pragma once

#include <string>

#include "llmembed/status.h"
#include "tensor/tensor_view.h"

namespace llmembed::weights {

// kCorrupt when an element is NaN or infinite, with its place in the tensor; kUnsupported for a
// type that is not F32, F16, BF16 or a block type of GGML, which is unpacked for it. `name` is for
// the message. The view need not be aligned. Runs at the speed of memory, but for blocks.
Status CheckFinite(const tensor::TensorView& view, const std::string& name);

// The error for the element `index` of a row-major tensor, whose value is `value`.
Status NotFinite(const std::string& name, const tensor::Shape& shape, uint64_t index, float value);

}  // namespace llmembed::weights
