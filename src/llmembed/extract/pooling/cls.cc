#include <algorithm>

#include "extract/pooling/pooling.h"

namespace llmembed::extract {

void PoolCls(const float* states, size_t /*length*/, size_t width, float* vector) {
  std::copy_n(states, width, vector);
}

}  // namespace llmembed::extract
