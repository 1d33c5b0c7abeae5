// Writes a whole safetensors file from tensors in memory.
#pragma once

#include <span>
#include <string>

#include "llmembed/status.h"
#include "tensor/tensor_view.h"
#include "weights/safetensors_header.h"

namespace llmembed::weights {

struct NamedTensor {
  std::string name;
  tensor::TensorView view;
};

// Replaces `path` atomically. The same tensors and metadata make the same bytes, whatever order
// they come in: data lies with wider element types first (so each tensor is aligned), then by name.
// Errors: kUsage (names or metadata that a file cannot hold), kInternal (a view whose bytes are not
// its shape's), kIo.
Status WriteSafetensors(const std::string& path, std::span<const NamedTensor> tensors,
                        const Metadata& metadata = {});

}  // namespace llmembed::weights
