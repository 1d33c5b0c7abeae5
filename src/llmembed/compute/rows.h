// Rows of f32 with or without gaps between them.
#pragma once

#include <cstddef>
#include <span>

namespace llmembed::compute {

// Rows of `width` values, each row `stride` values behind the one before.
template <typename T>
struct RowBlock {
  T* data = nullptr;
  size_t width = 0;
  size_t stride = 0;

  std::span<T> Row(size_t row) const { return {data + row * stride, width}; }
};

}  // namespace llmembed::compute
