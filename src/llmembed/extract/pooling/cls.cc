#include <algorithm>

#include "extract/pooling/pooling.h"

namespace llmembed::extract {

void PoolCls(const TextStates& text, float* vector) {
  std::copy_n(text.states, text.width, vector);
}

}  // namespace llmembed::extract
