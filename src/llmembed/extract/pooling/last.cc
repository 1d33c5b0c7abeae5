#include <algorithm>

#include "extract/pooling/pooling.h"

namespace llmembed::extract {

void PoolLast(const float* states, size_t length, size_t width, float* vector) {
  std::copy_n(states + (length - 1) * width, width, vector);
}

}  // namespace llmembed::extract
