// A fusion operator: how many vectors it takes, how wide its result is, and how it is computed.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "llmembed/status.h"

namespace llmembed::fusion {

// An argument as size inference sees it.
struct Operand {
  std::string_view text;  // the argument as it stands in the expression, for messages
  size_t width = 0;       // > 0
};

// Row-major values. data.size() == rows * width.
template <typename T>
struct RowBlock {
  std::span<T> data;
  size_t width = 0;

  std::span<T> Row(size_t row) const { return data.subspan(row * width, width); }
};

// Adding one: a file in this folder that defines it, and its line in operators.cc.
struct Operator {
  std::string_view name;  // as in expressions: letters, digits and '_', a letter first

  // The width of the result for at least one operand. kBadData, saying why, when they do not fit.
  Result<size_t> (*infer_width)(std::span<const Operand> operands);

  // result[r] = op(arguments[0][r], arguments[1][r], ...) for every row. Widths are those that
  // infer_width saw and gave. A pure function of each row; thread-safe.
  void (*forward)(std::span<const RowBlock<const float>> arguments, size_t rows,
                  RowBlock<float> result);
};

// The operator of that name, or nullptr.
const Operator* FindOperator(std::string_view name);

// All names in order, e.g. "avg, cat".
std::string OperatorNames();

}  // namespace llmembed::fusion
