// What is kept of tokens that many texts begin with, so that they are read once.
#pragma once

#include <cstring>
#include <utility>
#include <vector>

#include "compute/matrix.h"
#include "llmembed/status.h"

namespace llmembed::backbone {

// The keys and values of each layer, as its attention reads them. Immutable once it is filled, so
// sessions may share it; movable, and views survive the move.
class CachedPrefix {
 public:
  // Room for `tokens` tokens of `layers` layers; kv_width numbers are a token's keys, as many its
  // values. kOutOfMemory.
  static Result<CachedPrefix> Create(tensor::DType dtype, size_t layers, size_t tokens,
                                     size_t kv_width) {
    CachedPrefix prefix;
    for (size_t layer = 0; layer < layers; ++layer) {
      LLMEMBED_ASSIGN_OR_RETURN(auto buffer,
                                compute::MatrixBuffer::Create(dtype, tokens, 2 * kv_width));
      prefix.layers_.push_back(buffer.View(tokens));
      prefix.memory_.push_back(std::move(buffer));
    }
    return prefix;
  }

  // The first `tokens` of a layer: [tokens, 2 * kv_width].
  compute::Matrix First(size_t tokens, size_t layer) const {
    compute::Matrix view = layers_[layer];
    view.rows = tokens;
    return view;
  }

  // Takes a layer's keys and values out of what it computed: [tokens, queries and they].
  void Fill(size_t layer, const compute::Matrix& query_key_value) {
    const compute::Matrix& to = layers_[layer];
    const size_t element = tensor::DTypeSize(to.dtype);
    const size_t row_bytes = query_key_value.columns * element;
    const auto* from =
        static_cast<const std::byte*>(query_key_value.data) + row_bytes - to.columns * element;
    for (size_t row = 0; row < to.rows; ++row) {
      std::memcpy(static_cast<std::byte*>(to.data) + row * to.columns * element,
                  from + row * row_bytes, to.columns * element);
    }
  }

 private:
  std::vector<compute::MatrixBuffer> memory_;
  std::vector<compute::Matrix> layers_;
};

}  // namespace llmembed::backbone
