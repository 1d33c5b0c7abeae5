// Modules' tensors out of a weight map, checked and in the form that the layers want.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "compute/ops.h"
#include "llmembed/status.h"
#include "tensor/aligned_buffer.h"
#include "weights/weight_map.h"

namespace llmembed::nn {

struct LayerNorm {
  tensor::AlignedBuffer<float> scale;  // [D]
  tensor::AlignedBuffer<float> shift;  // [D]
  float epsilon = 0.0F;

  compute::LayerNormWeights weights() const { return {scale.span(), shift.span(), epsilon}; }
};

// Borrows both for the time of loading. Every error names the tensor.
class ModuleReader {
 public:
  ModuleReader(weights::WeightMap* map, const compute::Backend* backend, std::string prefix)
      : map_(map), backend_(backend), prefix_(std::move(prefix)) {}

  // NAME.weight: [rows, columns].
  Result<tensor::AlignedBuffer<float>> Table(const std::string& name, size_t rows, size_t columns);

  // NAME.weight and NAME.bias, or as old files say NAME.gamma and NAME.beta: [width].
  Result<LayerNorm> Norm(const std::string& name, size_t width, double epsilon);

  // One layer y = x W^T + b that does the work of several with the same input: their outputs side
  // by side. NAME.weight: [outputs, inputs]; NAME.bias: [outputs].
  Result<std::unique_ptr<compute::PackedLinear>> Linear(const std::vector<std::string>& names,
                                                        size_t inputs, size_t outputs);

 private:
  Result<tensor::AlignedBuffer<float>> Take(const std::string& name, const tensor::Shape& shape);
  Result<tensor::AlignedBuffer<float>> ToFloat(const tensor::TensorView& view,
                                               const std::string& name) const;

  weights::WeightMap* map_;
  const compute::Backend* backend_;
  std::string prefix_;
};

}  // namespace llmembed::nn
