// A fusion operator: how many vectors it takes, how wide its result is, how it is computed, and how
// a gradient goes back through it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compute/row_ops.h"
#include "llmembed/status.h"

namespace llmembed::fusion {

// An argument as size inference sees it.
struct Operand {
  std::string_view text;  // the argument as it stands in the expression, for messages
  size_t width = 0;       // > 0
};

using compute::RowBlock;

// What may be set in a call, e.g. sigma=0.3 or rows=normalised. One that has words takes one of
// them and its value is the word's index; else it takes a number from low to high.
struct SettingSpec {
  std::string_view name;
  std::span<const std::string_view> words = {};
  double low = 0.0, high = 0.0;
  bool is_whole = false;  // takes whole numbers only
  double preset = 0.0;    // the value when nothing is set
};

// A tensor of trained values that a call has.
struct ParameterSpec {
  std::string name;
  std::vector<uint64_t> shape;
  uint64_t inputs = 0;     // values that one output sums over: decides how it starts
  double start = 0.0;      // where a parameter that does not start at random starts
  bool is_weight = false;  // of a linear layer before a ReLU: starts at random, decays

  uint64_t size() const {
    uint64_t product = 1;
    for (const uint64_t length : shape) product *= length;
    return product;
  }
};

// One call over a block of rows. Everything but the settings is in the memory of `ops`.
struct Call {
  compute::RowOps* ops = nullptr;          // what it is computed with
  std::span<const double> settings = {};   // as Operator::settings lists them
  std::span<const float> parameters = {};  // of Operator::parameters, one behind the other
  compute::Dropout dropout = {};           // of what a compression gives; rate 0 but in training
  compute::Array<float>* saved = nullptr;  // what Forward leaves to Backward; nullptr: nothing
};

// d loss / d result, and where the gradients go: those of the arguments are added to, those of the
// parameters written. An argument that needs none has no data.
struct CallGradients {
  RowBlock<const float> result;
  std::span<const RowBlock<float>> arguments;
  std::span<float> parameters;
};

// Columns [begin, end) of rows.
struct Columns {
  size_t begin = 0, end = 0;

  friend bool operator==(const Columns&, const Columns&) = default;
};

// Adding one: a file in this folder that defines it, and its line in operators.cc.
struct Operator {
  std::string_view name;  // as in expressions: letters, digits and '_', a letter first
  std::span<const SettingSpec> settings = {};

  // The width of the result for at least one operand. kBadData, saying why, when they do not fit.
  Result<size_t> (*infer_width)(std::span<const Operand> operands,
                                std::span<const double> settings) = nullptr;

  // The columns of the result that depend on argument `index`; nullptr: all.
  Columns (*columns_of)(std::span<const size_t> widths, size_t index) = nullptr;

  // nullptr: it has none.
  std::vector<ParameterSpec> (*parameters)(std::span<const size_t> widths,
                                           std::span<const double> settings) = nullptr;

  // result[r] = op(arguments[0][r], arguments[1][r], ...) for every row. Widths are those that
  // infer_width saw and gave. Without dropout a row depends on its own arguments only. Thread-safe.
  Status (*forward)(const Call& call, std::span<const RowBlock<const float>> arguments, size_t rows,
                    RowBlock<float> result) = nullptr;

  // After forward over the same rows, with what it saved and gave.
  Status (*backward)(const Call& call, std::span<const RowBlock<const float>> arguments,
                     size_t rows, RowBlock<const float> result,
                     const CallGradients& gradients) = nullptr;
};

// The operator of that name, or nullptr.
const Operator* FindOperator(std::string_view name);

// All names in order, e.g. "avg, cat".
std::string OperatorNames();

// For infer_width: the width that all operands have, or kBadData naming two that differ.
Result<size_t> EqualWidth(std::string_view name, std::span<const Operand> operands);

}  // namespace llmembed::fusion
