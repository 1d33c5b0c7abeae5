// The block types of GGML as f32 (ggml-quants.c, and bit for bit PyPI's gguf.quants.dequantize).
#pragma once

#include <cstddef>
#include <span>

#include "tensor/dtype.h"

namespace llmembed::tensor {

// Whole blocks of `dtype`, which is a block type, to out: [elements of those blocks].
// Precondition: blocks.size() == *ByteSize(dtype, out.size()).
void Dequantize(DType dtype, std::span<const std::byte> blocks, std::span<float> out);

}  // namespace llmembed::tensor
