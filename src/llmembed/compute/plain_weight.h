// Elements of a layer's weight as they come from a file, as f32.
#pragma once

#include <cstddef>
#include <cstring>

#include "compute/ops.h"
#include "tensor/dequantize.h"
#include "tensor/dtype.h"

namespace llmembed::compute {

// Files place tensors anywhere: elements need not be aligned.
inline float ElementOf(const PlainWeight& weight, size_t index) {
  const auto* bytes = static_cast<const std::byte*>(weight.data);
  if (weight.dtype == tensor::DType::kBF16) {
    uint16_t bits;
    std::memcpy(&bits, bytes + index * sizeof(bits), sizeof(bits));
    return tensor::FloatFromBF16(bits);
  }
  float value;
  std::memcpy(&value, bytes + index * sizeof(value), sizeof(value));
  return value;
}

// Row `row` of [.., inputs], to `to` as f32.
inline void LoadRow(const PlainWeight& weight, size_t row, size_t inputs, float* to) {
  if (weight.dtype == tensor::DType::kF32) {
    const auto* from = static_cast<const std::byte*>(weight.data);
    std::memcpy(to, from + row * inputs * sizeof(float), inputs * sizeof(float));
    return;
  }
  for (size_t k = 0; k < inputs; ++k) to[k] = ElementOf(weight, row * inputs + k);
}

// A row in blocks, to [inputs].
inline void LoadRow(const BlockRow& row, size_t inputs, float* to) {
  const tensor::BlockSize block = tensor::BlockSizeOf(row.dtype);
  tensor::Dequantize(row.dtype, {row.blocks, inputs / block.elements * block.bytes}, {to, inputs});
}

}  // namespace llmembed::compute
