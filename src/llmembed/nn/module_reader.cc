#include "nn/module_reader.h"

#include <algorithm>

#include "weights/to_float.h"

namespace llmembed::nn {

using tensor::AlignedBuffer;
using tensor::Shape;

Result<AlignedBuffer<float>> ModuleReader::Take(const std::string& name, const Shape& shape) {
  LLMEMBED_ASSIGN_OR_RETURN(const tensor::TensorView view, map_->Take(prefix_ + name, shape));
  return ToFloat(view, name);
}

Result<AlignedBuffer<float>> ModuleReader::ToFloat(const tensor::TensorView& view,
                                                   const std::string& name) const {
  auto values = weights::ToFloat(view, prefix_ + name);
  return values.ok() ? std::move(values) : values.status().WithContext(map_->source().path());
}

Result<AlignedBuffer<float>> ModuleReader::Table(const std::string& name, size_t rows,
                                                 size_t columns) {
  return Take(name + ".weight", {static_cast<int64_t>(rows), static_cast<int64_t>(columns)});
}

Result<LayerNorm> ModuleReader::Norm(const std::string& name, size_t width, double epsilon) {
  const Shape shape{static_cast<int64_t>(width)};
  LayerNorm norm;
  LLMEMBED_ASSIGN_OR_RETURN(const auto old_scale,
                            map_->TakeOptional(prefix_ + name + ".gamma", shape));
  const bool old_names = old_scale.has_value();
  if (old_names) {
    LLMEMBED_ASSIGN_OR_RETURN(norm.scale, ToFloat(*old_scale, name + ".gamma"));
  } else {
    LLMEMBED_ASSIGN_OR_RETURN(norm.scale, Take(name + ".weight", shape));
  }
  LLMEMBED_ASSIGN_OR_RETURN(norm.shift, Take(name + (old_names ? ".beta" : ".bias"), shape));
  norm.epsilon = static_cast<float>(epsilon);
  return norm;
}

Result<std::unique_ptr<compute::PackedLinear>> ModuleReader::Linear(
    const std::vector<std::string>& names, size_t inputs, size_t outputs) {
  LLMEMBED_ASSIGN_OR_RETURN(auto weight,
                            AlignedBuffer<float>::Create(names.size() * outputs * inputs));
  LLMEMBED_ASSIGN_OR_RETURN(auto bias, AlignedBuffer<float>::Create(names.size() * outputs));
  for (size_t i = 0; i < names.size(); ++i) {
    LLMEMBED_ASSIGN_OR_RETURN(const auto part, Table(names[i], outputs, inputs));
    LLMEMBED_ASSIGN_OR_RETURN(const auto part_bias,
                              Take(names[i] + ".bias", {static_cast<int64_t>(outputs)}));
    std::copy_n(part.data(), part.size(), weight.data() + i * outputs * inputs);
    std::copy_n(part_bias.data(), outputs, bias.data() + i * outputs);
  }
  return backend_->Pack(weight.span(), bias.span(), inputs, names.size() * outputs);
}

}  // namespace llmembed::nn
