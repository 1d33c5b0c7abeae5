#include <algorithm>

#include "extract/pooling/pooling.h"

namespace llmembed::extract {

void PoolLast(const TextStates& text, float* vector) {
  std::copy_n(text.states + (text.length - 1) * text.width, text.width, vector);
}

}  // namespace llmembed::extract
