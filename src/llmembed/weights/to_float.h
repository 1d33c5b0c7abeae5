// Weights in whatever float type a file has, as f32 that can be trusted to be finite.
#pragma once

#include <string>

#include "llmembed/status.h"
#include "tensor/aligned_buffer.h"
#include "tensor/tensor_view.h"

namespace llmembed::weights {

// Whether weights may be of this type: F32, F16, BF16 and the block types of GGML.
bool IsWeightType(tensor::DType dtype);

// A copy of the elements as f32, row-major, in the same order; the view need not be aligned.
// Errors: kCorrupt (NaN or infinity, with its place in the tensor), kUnsupported (no weight type),
// kOutOfMemory. `name` is for the message. Runs at the speed of memory.
Result<tensor::AlignedBuffer<float>> ToFloat(const tensor::TensorView& view,
                                             const std::string& name);

}  // namespace llmembed::weights
