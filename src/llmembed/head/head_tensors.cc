#include "head/head_tensors.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/checked.h"

namespace llmembed::head {
namespace {

constexpr size_t kMaxLayers = 64;
constexpr std::string_view kFusion = "fusion.";

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

// The tensor of that name and shape, taken out of the list.
Result<NamedTensor> Take(const std::string& name, const std::vector<uint64_t>& shape,
                         std::vector<NamedTensor>* tensors) {
  const NamedTensor* found = Find(*tensors, name);
  if (found == nullptr) return Corrupt(name, "missing");
  LLMEMBED_RETURN_IF_ERROR(CheckTensor(*found, shape.size()));
  if (found->shape != shape) {
    return Corrupt(name, "shape " + ShapeText(found->shape) + ", expected " + ShapeText(shape));
  }
  NamedTensor tensor = *found;
  tensors->erase(tensors->begin() + (found - tensors->data()));
  return tensor;
}

std::string TapName(size_t tap, const char* part) {
  return std::string(kFusion) + "tap." + std::to_string(tap) + "." + part;
}

// The network over the taps that the tensors tell the widths of.
Result<fusion::Network> ReadNetwork(std::span<const NamedTensor> tensors,
                                    const fusion::Expression& expression) {
  std::vector<size_t> widths;
  for (size_t tap = 0; tap < expression.taps().size(); ++tap) {
    const NamedTensor* mean = Find(tensors, TapName(tap, "mean"));
    if (mean == nullptr) return Corrupt(TapName(tap, "mean"), "missing");
    LLMEMBED_RETURN_IF_ERROR(CheckTensor(*mean, 1));
    widths.push_back(mean->shape[0]);
  }
  return fusion::Network::Create(expression, widths);
}

// From all of the "fusion." tensors.
Result<FusionStage> ReadFusion(std::vector<NamedTensor> tensors,
                               const fusion::Expression& expression) {
  LLMEMBED_ASSIGN_OR_RETURN(auto network, ReadNetwork(tensors, expression));
  FusionStage stage{.network = std::move(network)};
  const auto take = [&tensors](const std::string& name, const std::vector<uint64_t>& shape,
                               std::vector<float>* values) -> Status {
    LLMEMBED_ASSIGN_OR_RETURN(const NamedTensor tensor, Take(name, shape, &tensors));
    values->insert(values->end(), tensor.values.begin(), tensor.values.end());
    return {};
  };
  for (size_t tap = 0; tap < expression.taps().size(); ++tap) {
    const std::vector<uint64_t> shape = {stage.network.tap_widths()[tap]};
    LLMEMBED_RETURN_IF_ERROR(take(TapName(tap, "mean"), shape, &stage.mean));
    LLMEMBED_RETURN_IF_ERROR(take(TapName(tap, "scale"), shape, &stage.scale));
  }
  for (const fusion::Parameter& parameter : stage.network.parameters()) {
    LLMEMBED_RETURN_IF_ERROR(
        take(std::string(kFusion) + parameter.name, parameter.shape, &stage.parameters));
  }
  if (!tensors.empty()) return Corrupt(tensors.front().name, "unknown or repeated");
  return stage;
}

Result<Head> ReadLayers(std::span<const NamedTensor> tensors) {
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

}  // namespace

std::vector<NamedTensor> HeadTensors(const Head& head) {
  std::vector<NamedTensor> tensors;
  if (head.fusion) {
    const FusionStage& stage = *head.fusion;
    size_t offset = 0;
    for (size_t tap = 0; tap < stage.network.tap_widths().size(); ++tap) {
      const size_t width = stage.network.tap_widths()[tap];
      tensors.push_back(
          {TapName(tap, "mean"), {width}, std::span(stage.mean).subspan(offset, width)});
      tensors.push_back(
          {TapName(tap, "scale"), {width}, std::span(stage.scale).subspan(offset, width)});
      offset += width;
    }
    for (const fusion::Parameter& parameter : stage.network.parameters()) {
      tensors.push_back({std::string(kFusion) + parameter.name, parameter.shape,
                         std::span(stage.parameters).subspan(parameter.offset, parameter.size)});
    }
  }
  for (size_t i = 0; i < head.layers.size(); ++i) {
    const LinearLayer& layer = head.layers[i];
    tensors.push_back({TensorName(i, "weight"), {layer.outputs, layer.inputs}, layer.weight});
    tensors.push_back({TensorName(i, "bias"), {layer.outputs}, layer.bias});
  }
  return tensors;
}

Result<Head> HeadFromTensors(std::span<const NamedTensor> tensors,
                             const fusion::Expression* expression) {
  std::vector<NamedTensor> of_fusion, of_layers;
  for (const NamedTensor& tensor : tensors) {
    const bool is_of_fusion = expression != nullptr && tensor.name.starts_with(kFusion);
    (is_of_fusion ? of_fusion : of_layers).push_back(tensor);
  }
  LLMEMBED_ASSIGN_OR_RETURN(Head head, ReadLayers(of_layers));
  if (expression == nullptr) return head;
  LLMEMBED_ASSIGN_OR_RETURN(head.fusion, ReadFusion(std::move(of_fusion), *expression));
  if (head.fusion->network.width() != head.layers.front().inputs) {
    return Corrupt(TensorName(0, "weight"), "takes " + std::to_string(head.layers.front().inputs) +
                                                " values, but the fusion gives " +
                                                std::to_string(head.fusion->network.width()));
  }
  return head;
}

}  // namespace llmembed::head
