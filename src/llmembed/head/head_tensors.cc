#include "head/head_tensors.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/checked.h"

namespace llmembed::head {
namespace {

constexpr size_t kMaxLayers = 64;

std::string TensorName(size_t layer, const char* part) {
  return "head." + std::to_string(layer) + "." + part;
}

std::string ShapeText(std::span<const uint64_t> shape) {
  std::string text = "[";
  for (const uint64_t size : shape) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(size);
  }
  return text + "]";
}

Status Corrupt(const std::string& name, const std::string& what) {
  return Status(StatusCode::kCorrupt, "tensor " + name + ": " + what);
}

const NamedTensor* Find(std::span<const NamedTensor> tensors, const std::string& name) {
  const auto found = std::find_if(tensors.begin(), tensors.end(),
                                  [&](const NamedTensor& tensor) { return tensor.name == name; });
  return found == tensors.end() ? nullptr : &*found;
}

// The tensor has `dimensions` positive sizes that fit 32 bits, their product of values, all finite.
Status CheckTensor(const NamedTensor& tensor, size_t dimensions) {
  uint64_t count = 1;
  bool good = tensor.shape.size() == dimensions;
  for (const uint64_t size : tensor.shape) {
    const auto product = base::CheckedMul(count, size);
    good = good && size >= 1 && size <= std::numeric_limits<uint32_t>::max() && product.has_value();
    count = product.value_or(0);
  }
  if (!good || count != tensor.values.size()) {
    return Corrupt(tensor.name, "shape " + ShapeText(tensor.shape) + " with " +
                                    std::to_string(tensor.values.size()) + " values, expected " +
                                    std::to_string(dimensions) + " dimensions that match them");
  }
  if (!std::all_of(tensor.values.begin(), tensor.values.end(),
                   [](float value) { return std::isfinite(value); })) {
    return Corrupt(tensor.name, "holds a value that is not finite");
  }
  return Status();
}

Result<LinearLayer> ReadLayer(std::span<const NamedTensor> tensors, size_t index) {
  const NamedTensor* weight = Find(tensors, TensorName(index, "weight"));
  const NamedTensor* bias = Find(tensors, TensorName(index, "bias"));
  if (weight == nullptr) return Corrupt(TensorName(index, "weight"), "missing");
  if (bias == nullptr) return Corrupt(TensorName(index, "bias"), "missing");
  LLMEMBED_RETURN_IF_ERROR(CheckTensor(*weight, 2));
  LLMEMBED_RETURN_IF_ERROR(CheckTensor(*bias, 1));
  if (bias->shape[0] != weight->shape[0]) {
    return Corrupt(bias->name, "shape " + ShapeText(bias->shape) + " beside a weight of " +
                                   ShapeText(weight->shape));
  }
  LinearLayer layer;
  layer.outputs = static_cast<uint32_t>(weight->shape[0]);
  layer.inputs = static_cast<uint32_t>(weight->shape[1]);
  layer.weight.assign(weight->values.begin(), weight->values.end());
  layer.bias.assign(bias->values.begin(), bias->values.end());
  return layer;
}

// Every tensor is the weight or the bias of a layer below `layers`, once.
Status CheckNames(std::span<const NamedTensor> tensors, size_t layers) {
  std::vector<std::string> names;
  for (size_t i = 0; i < layers; ++i) {
    names.push_back(TensorName(i, "weight"));
    names.push_back(TensorName(i, "bias"));
  }
  for (const NamedTensor& tensor : tensors) {
    const auto found = std::find(names.begin(), names.end(), tensor.name);
    if (found == names.end()) return Corrupt(tensor.name, "unknown or repeated");
    names.erase(found);
  }
  return Status();
}

}  // namespace

std::vector<NamedTensor> HeadTensors(const Head& head) {
  std::vector<NamedTensor> tensors;
  for (size_t i = 0; i < head.layers.size(); ++i) {
    const LinearLayer& layer = head.layers[i];
    tensors.push_back({TensorName(i, "weight"), {layer.outputs, layer.inputs}, layer.weight});
    tensors.push_back({TensorName(i, "bias"), {layer.outputs}, layer.bias});
  }
  return tensors;
}

Result<Head> HeadFromTensors(std::span<const NamedTensor> tensors) {
  const size_t layers = std::max<size_t>(1, (tensors.size() + 1) / 2);
  if (layers > kMaxLayers) {
    return Status(StatusCode::kCorrupt, "a head of " + std::to_string(tensors.size()) +
                                            " tensors, expected at most " +
                                            std::to_string(2 * kMaxLayers));
  }
  LLMEMBED_RETURN_IF_ERROR(CheckNames(tensors, layers));
  Head head;
  for (size_t i = 0; i < layers; ++i) {
    LLMEMBED_ASSIGN_OR_RETURN(LinearLayer layer, ReadLayer(tensors, i));
    if (i > 0 && layer.inputs != head.layers.back().outputs) {
      return Corrupt(TensorName(i, "weight"), "takes " + std::to_string(layer.inputs) +
                                                  " values, but the layer before gives " +
                                                  std::to_string(head.layers.back().outputs));
    }
    head.layers.push_back(std::move(layer));
  }
  return head;
}

}  // namespace llmembed::head
