// Computes a fusion expression that has nothing to train over rows of tap vectors.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "fusion/expression.h"
#include "llmembed/status.h"

namespace llmembed::fusion {

// Widths are checked and scratch is allocated once, in Create; Evaluate then allocates nothing that
// grows with the rows. Not thread-safe: one evaluator a thread.
class Evaluator {
 public:
  // tap_widths: the width of each of expression.taps(). Errors: as Expression::InferWidths,
  // kBadData when the parts together need too much scratch, kInternal when IsTrained().
  static Result<Evaluator> Create(const Expression& expression, std::span<const size_t> tap_widths);

  const Expression& expression() const { return expression_; }
  size_t width() const { return widths_.back(); }

  // inputs[i]: [rows, tap_widths[i]], row-major, of expression().taps()[i]; output: [rows,
  // width()]. The two must not overlap. A result row depends on its own input row only. kInternal
  // when a size does not fit.
  Status Evaluate(std::span<const std::span<const float>> inputs, size_t rows,
                  std::span<float> output);

 private:
  Evaluator(const Expression& expression, std::vector<size_t> widths)
      : expression_(expression), widths_(std::move(widths)) {}

  Status CheckSizes(std::span<const std::span<const float>> inputs, size_t rows,
                    std::span<const float> output) const;
  // result: [rows, width()].
  Status EvaluateBlock(std::span<const std::span<const float>> inputs, size_t first_row,
                       size_t rows, std::span<float> result);

  Expression expression_;
  std::vector<size_t> widths_;               // [nodes]
  size_t block_rows_ = 0;                    // rows computed at a time
  std::vector<std::vector<float>> scratch_;  // [nodes], each [block_rows_, width]; calls only
};

}  // namespace llmembed::fusion
