// Working memory that grows and is never given back while its owner lives.
#pragma once

#include <cstddef>

#include "llmembed/status.h"
#include "tensor/aligned_buffer.h"

namespace llmembed::compute::cpu {

// Makes room for `size` elements: zeros where it had to be made anew. kOutOfMemory.
template <typename T>
Status Grow(size_t size, tensor::AlignedBuffer<T>* buffer) {
  if (buffer->size() >= size) return {};
  LLMEMBED_ASSIGN_OR_RETURN(*buffer, tensor::AlignedBuffer<T>::Create(size, tensor::Fill::kZero));
  return {};
}

}  // namespace llmembed::compute::cpu
