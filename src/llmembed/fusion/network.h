// A fusion expression with trained parts, as one function of a row of tap vectors and of its
// parameters: forward, and the gradient of the parameters.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "compute/row_ops.h"
#include "fusion/expression.h"
#include "llmembed/status.h"

namespace llmembed::fusion {

// Where a parameter lies among all of a network's, and how it starts.
struct Parameter {
  std::string name;  // "CALL.compress.0.weight": CALL counts the expression's trained calls from 0
  std::vector<uint64_t> shape;
  size_t offset = 0;
  size_t size = 0;
  uint64_t inputs = 0;     // as ParameterSpec
  double start = 0.0;      // as ParameterSpec
  bool is_weight = false;  // as ParameterSpec
};

// How weights and biases start.
enum class Initialization {
  kHe,    // Kaiming-uniform for a ReLU behind (He et al. 2015: variance 2 / inputs), biases 0
  kTorch  // as torch.nn.Linear: both uniform within 1 / sqrt(inputs)
};

// What a forward pass leaves to the backward pass over the same rows, in the memory of what both
// are computed with.
struct Activations {
  std::vector<compute::Array<float>> values;     // of each call but the last, [rows, width]
  std::vector<compute::Array<float>> saved;      // of each call, as Call::saved
  std::vector<compute::Array<float>> gradients;  // backward's own
};

// One pass over some rows. All but the random numbers is in the memory of `ops`.
struct Pass {
  compute::RowOps* ops = nullptr;
  std::span<const float> parameters;  // [parameter_count()]
  std::span<const float> inputs;      // [rows, I]: the vectors of expression().taps() side by side
  size_t rows = 0;
  compute::Dropout dropout = {};
};

// Immutable after Create, so thread-safe; parameters and activations are the caller's.
class Network {
 public:
  // Errors: as Expression::InferWidths.
  static Result<Network> Create(const Expression& expression, std::span<const size_t> tap_widths);

  const Expression& expression() const { return expression_; }
  const std::vector<size_t>& tap_widths() const { return tap_widths_; }
  size_t inputs() const { return inputs_; }  // I: the taps' widths together
  size_t width() const { return widths_.back(); }
  const std::vector<Parameter>& parameters() const { return parameters_; }
  size_t parameter_count() const;
  // The columns of the output that depend on parameters.
  Columns trained_columns() const { return trained_columns_; }

  // Writes the parameters [parameter_count()] that training starts with.
  void Initialize(Initialization how, base::Random* random, std::span<float> parameters) const;

  // output: [rows, width()]. `activations` may be null when no Backward follows. kInternal when a
  // size does not fit.
  Status Forward(const Pass& pass, Activations* activations, std::span<float> output) const;

  // From d loss / d output [rows, width()], of which trained_columns() alone are read, after
  // Forward with the same pass and the output that it gave: writes d loss / d parameters.
  Status Backward(const Pass& pass, Activations* activations, std::span<const float> output,
                  std::span<const float> of_output, std::span<float> of_parameters) const;

 private:
  Network(const Expression& expression, std::vector<size_t> widths)
      : expression_(expression), widths_(std::move(widths)) {}

  void ListParameters();
  void FindTrainedColumns();
  std::vector<RowBlock<const float>> NodeValues(std::span<const float> inputs,
                                                const Activations& activations,
                                                std::span<const float> output) const;
  Call CallOf(size_t node, const Pass& pass, Activations* activations) const;

  Expression expression_;
  std::vector<size_t> widths_;        // [nodes]
  std::vector<size_t> tap_widths_;    // [taps]
  std::vector<size_t> tap_offsets_;   // [taps], in a row of inputs
  std::vector<size_t> first_values_;  // [nodes], where a call's parameters begin
  std::vector<size_t> value_counts_;  // [nodes], how many it has
  std::vector<bool> is_trained_;      // [nodes], whether it or what is in it has parameters
  std::vector<Parameter> parameters_;
  size_t inputs_ = 0;
  Columns trained_columns_;
};

}  // namespace llmembed::fusion
