#include "fusion/network.h"

#include <algorithm>
#include <cmath>

#include "base/checked.h"

namespace llmembed::fusion {
namespace {

std::vector<RowBlock<const float>> Arguments(const Node& node,
                                             std::span<const RowBlock<const float>> values) {
  std::vector<RowBlock<const float>> arguments;
  for (const size_t argument : node.arguments) arguments.push_back(values[argument]);
  return arguments;
}

Status CheckSize(const char* what, size_t found, size_t rows, size_t width) {
  if (base::CheckedMul(rows, width) == found) return {};
  return {StatusCode::kInternal, std::string("fusion: ") + what + " of " + std::to_string(found) +
                                     " values, expected " + std::to_string(rows) + " rows of " +
                                     std::to_string(width)};
}

}  // namespace

Result<Network> Network::Create(const Expression& expression, std::span<const size_t> tap_widths) {
  LLMEMBED_ASSIGN_OR_RETURN(auto widths, expression.InferWidths(tap_widths));
  Network network(expression, std::move(widths));
  network.tap_widths_.assign(tap_widths.begin(), tap_widths.end());
  for (const size_t width : tap_widths) {
    network.tap_offsets_.push_back(network.inputs_);
    network.inputs_ += width;
  }
  network.ListParameters();
  network.FindTrainedColumns();
  return network;
}

void Network::ListParameters() {
  size_t offset = 0;
  size_t trained_calls = 0;
  for (const Node& node : expression_.nodes()) {
    first_values_.push_back(offset);
    bool is_trained = false;
    std::vector<size_t> widths;
    for (const size_t argument : node.arguments) {
      widths.push_back(widths_[argument]);
      is_trained = is_trained || is_trained_[argument];
    }
    if (node.op != nullptr && node.op->parameters != nullptr) {
      const std::string prefix = std::to_string(trained_calls++) + ".";
      for (ParameterSpec& spec : node.op->parameters(widths, node.settings)) {
        const size_t size = spec.size();
        parameters_.push_back({.name = prefix + spec.name,
                               .shape = std::move(spec.shape),
                               .offset = offset,
                               .size = size,
                               .inputs = spec.inputs,
                               .start = spec.start,
                               .is_weight = spec.is_weight});
        offset += size;
      }
    }
    value_counts_.push_back(offset - first_values_.back());
    is_trained_.push_back(is_trained || value_counts_.back() > 0);
  }
}

// Between the first and the last of them, that is.
void Network::FindTrainedColumns() {
  const Node& root = expression_.nodes().back();
  if (!is_trained_.back()) return;
  trained_columns_ = {0, width()};
  if (root.op->columns_of == nullptr || value_counts_.back() > 0) return;
  std::vector<size_t> widths;
  for (const size_t argument : root.arguments) widths.push_back(widths_[argument]);
  Columns found{width(), 0};
  for (size_t i = 0; i < root.arguments.size(); ++i) {
    if (!is_trained_[root.arguments[i]]) continue;
    const Columns own = root.op->columns_of(widths, i);
    found = {std::min(found.begin, own.begin), std::max(found.end, own.end)};
  }
  trained_columns_ = found;
}

size_t Network::parameter_count() const {
  return parameters_.empty() ? 0 : parameters_.back().offset + parameters_.back().size;
}

void Network::Initialize(Initialization how, base::Random* random,
                         std::span<float> parameters) const {
  for (const Parameter& parameter : parameters_) {
    const std::span<float> values = parameters.subspan(parameter.offset, parameter.size);
    const bool is_random =
        parameter.inputs > 0 && (parameter.is_weight || how == Initialization::kTorch);
    const double gain = how == Initialization::kTorch ? 1.0 : 6.0;
    const double bound = is_random ? std::sqrt(gain / static_cast<double>(parameter.inputs)) : 0.0;
    for (float& value : values) {
      value =
          static_cast<float>(is_random ? bound * (2.0 * random->Uniform() - 1.0) : parameter.start);
    }
  }
}

std::vector<RowBlock<const float>> Network::NodeValues(std::span<const float> inputs,
                                                       const Activations& activations,
                                                       std::span<const float> output) const {
  const std::vector<Node>& nodes = expression_.nodes();
  std::vector<RowBlock<const float>> values(nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].op == nullptr) {
      values[i] = {inputs.data() + tap_offsets_[nodes[i].tap], widths_[i], inputs_};
    } else {
      const bool is_last = i + 1 == nodes.size();
      values[i] = {is_last ? output.data() : activations.values[i].data(), widths_[i], widths_[i]};
    }
  }
  return values;
}

Call Network::CallOf(size_t node, const Pass& pass, Activations* activations) const {
  return {.ops = pass.ops,
          .settings = expression_.nodes()[node].settings,
          .parameters = pass.parameters.subspan(first_values_[node], value_counts_[node]),
          .dropout = pass.dropout,
          .saved = activations != nullptr ? &activations->saved[node] : nullptr};
}

Status Network::Forward(const Pass& pass, Activations* activations, std::span<float> output) const {
  LLMEMBED_RETURN_IF_ERROR(CheckSize("parameters", pass.parameters.size(), 1, parameter_count()));
  LLMEMBED_RETURN_IF_ERROR(CheckSize("inputs", pass.inputs.size(), pass.rows, inputs_));
  LLMEMBED_RETURN_IF_ERROR(CheckSize("output", output.size(), pass.rows, width()));
  const std::vector<Node>& nodes = expression_.nodes();
  Activations own;
  Activations* const kept = activations != nullptr ? activations : &own;
  kept->values.resize(nodes.size());
  kept->saved.resize(nodes.size());
  for (size_t i = 0; i + 1 < nodes.size(); ++i) {
    if (nodes[i].op == nullptr) continue;
    LLMEMBED_RETURN_IF_ERROR(kept->values[i].Resize(pass.ops, pass.rows * widths_[i]));
  }
  const std::vector<RowBlock<const float>> values = NodeValues(pass.inputs, *kept, output);
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].op == nullptr) continue;
    float* const out = i + 1 == nodes.size() ? output.data() : kept->values[i].data();
    LLMEMBED_RETURN_IF_ERROR(nodes[i].op->forward(CallOf(i, pass, activations),
                                                  Arguments(nodes[i], values), pass.rows,
                                                  {out, widths_[i], widths_[i]}));
  }
  if (nodes.back().op != nullptr) return {};
  return pass.ops->CopyRows(values.back(), pass.rows, {output.data(), width(), width()});
}

Status Network::Backward(const Pass& pass, Activations* activations, std::span<const float> output,
                         std::span<const float> of_output, std::span<float> of_parameters) const {
  LLMEMBED_RETURN_IF_ERROR(CheckSize("parameters", of_parameters.size(), 1, parameter_count()));
  LLMEMBED_RETURN_IF_ERROR(CheckSize("gradients", of_output.size(), pass.rows, width()));
  const std::vector<Node>& nodes = expression_.nodes();
  const std::vector<RowBlock<const float>> values = NodeValues(pass.inputs, *activations, output);
  // Of calls whose gradient is needed.
  std::vector<compute::Array<float>>& gradients = activations->gradients;
  gradients.resize(nodes.size());
  for (size_t i = 0; i + 1 < nodes.size(); ++i) {
    if (!is_trained_[i]) continue;
    LLMEMBED_RETURN_IF_ERROR(gradients[i].Resize(pass.ops, pass.rows * widths_[i]));
    LLMEMBED_RETURN_IF_ERROR(gradients[i].Zero(pass.ops));
  }
  for (size_t i = nodes.size(); i-- > 0;) {
    if (!is_trained_[i]) continue;
    const float* of_result = i + 1 == nodes.size() ? of_output.data() : gradients[i].data();
    std::vector<RowBlock<float>> of_arguments;
    for (const size_t argument : nodes[i].arguments) {
      float* const gradient = is_trained_[argument] ? gradients[argument].data() : nullptr;
      of_arguments.push_back({gradient, widths_[argument], widths_[argument]});
    }
    LLMEMBED_RETURN_IF_ERROR(nodes[i].op->backward(
        CallOf(i, pass, activations), Arguments(nodes[i], values), pass.rows, values[i],
        {.result = {of_result, widths_[i], widths_[i]},
         .arguments = of_arguments,
         .parameters = of_parameters.subspan(first_values_[i], value_counts_[i])}));
  }
  return {};
}

}  // namespace llmembed::fusion
