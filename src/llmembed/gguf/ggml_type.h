// The element types of GGML, by the numbers GGUF files give them.
#pragma once

#include <cstdint>
#include <optional>

#include "tensor/dtype.h"

namespace llmembed::gguf {

struct GgmlType {
  uint32_t id = 0;
  const char* name = "";               // GGML's own: "Q4_K", "IQ2_XXS"
  tensor::BlockSize block;             // rows are whole blocks
  std::optional<tensor::DType> dtype;  // nullopt: known by size and name, but not read here
};

// nullptr for numbers that GGML does not use (any more). The types live for ever.
const GgmlType* FindGgmlType(uint32_t id);

}  // namespace llmembed::gguf
