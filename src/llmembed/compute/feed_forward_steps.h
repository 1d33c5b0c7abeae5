// A feed-forward network by a stream's other operations, for those that do not fuse them.
#pragma once

#include "compute/ops.h"

namespace llmembed::compute {

// Keeps its memory from call to call. Not thread-safe.
class FeedForwardSteps {
 public:
  // Contract: Stream::FeedForward. kOutOfMemory and the errors of the stream.
  Status Run(const FeedForwardWeights& weights, const Matrix& in, const Matrix& out, Write write,
             Stream* stream);

 private:
  Status Reserve(size_t rows, size_t inner, size_t activated, tensor::DType dtype);

  size_t capacity_ = 0;  // rows
  size_t inner_width_ = 0;
  MatrixBuffer inner_, activated_;
};

}  // namespace llmembed::compute
