#include "fusion/evaluator.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "base/checked.h"

namespace llmembed::fusion {
namespace {

// Scratch of one row may take 64 MiB; blocks of rows are kept within the caches.
constexpr size_t kMaxScratchWidth = 1 << 24;
constexpr size_t kBlockFloats = 1 << 16;
constexpr size_t kMaxBlockRows = 256;

}  // namespace

Result<Evaluator> Evaluator::Create(const Expression& expression,
                                    std::span<const size_t> tap_widths) {
  if (expression.IsTrained()) {
    return Status(StatusCode::kInternal, "fusion: " + expression.ToString() +
                                             " is trained with its head (fusion/network.h)");
  }
  LLMEMBED_ASSIGN_OR_RETURN(auto widths, expression.InferWidths(tap_widths));
  Evaluator evaluator(expression, std::move(widths));

  // The root writes into the caller's output, taps are read where they lie: no scratch for them.
  const std::vector<Node>& nodes = evaluator.expression_.nodes();
  size_t scratch_width = 0;
  for (size_t i = 0; i + 1 < nodes.size(); ++i) {
    if (nodes[i].op != nullptr) scratch_width += evaluator.widths_[i];
    if (scratch_width > kMaxScratchWidth) {
      return Status(StatusCode::kBadData, "fusion expression: its parts together are wider than " +
                                              std::to_string(kMaxScratchWidth));
    }
  }
  evaluator.block_rows_ =
      std::clamp<size_t>(kBlockFloats / (scratch_width + evaluator.width()), 1, kMaxBlockRows);
  evaluator.scratch_.resize(nodes.size());
  for (size_t i = 0; i + 1 < nodes.size(); ++i) {
    if (nodes[i].op == nullptr) continue;
    evaluator.scratch_[i].resize(evaluator.block_rows_ * evaluator.widths_[i]);
  }
  return evaluator;
}

Status Evaluator::CheckSizes(std::span<const std::span<const float>> inputs, size_t rows,
                             std::span<const float> output) const {
  const auto mismatch = [&](const std::string& what, size_t found, size_t width) {
    return Status(StatusCode::kInternal, "fusion: " + what + " holds " + std::to_string(found) +
                                             " values, expected " + std::to_string(rows) +
                                             " rows of " + std::to_string(width));
  };
  if (inputs.size() != expression_.taps().size()) {
    return {StatusCode::kInternal, "fusion: " + std::to_string(inputs.size()) + " inputs for " +
                                       std::to_string(expression_.taps().size()) + " taps"};
  }
  const std::vector<Node>& nodes = expression_.nodes();
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].op != nullptr) continue;
    const size_t found = inputs[nodes[i].tap].size();
    if (base::CheckedMul(rows, widths_[i]) != found) {
      return mismatch("the input of tap " + ToString(expression_.taps()[nodes[i].tap]), found,
                      widths_[i]);
    }
  }
  if (base::CheckedMul(rows, width()) != output.size()) {
    return mismatch("the output", output.size(), width());
  }
  return {};
}

Status Evaluator::EvaluateBlock(std::span<const std::span<const float>> inputs, size_t first_row,
                                size_t rows, std::span<float> result) {
  const std::vector<Node>& nodes = expression_.nodes();
  std::vector<RowBlock<const float>> values(nodes.size());
  std::vector<RowBlock<const float>> arguments;
  compute::RowOps* const ops = compute::CpuRowOps(compute::GemmThreads::kOne);
  for (size_t i = 0; i < nodes.size(); ++i) {
    const size_t width = widths_[i];
    if (nodes[i].op == nullptr) {
      values[i] = {inputs[nodes[i].tap].data() + first_row * width, width, width};
      continue;
    }
    arguments.clear();
    for (const size_t argument : nodes[i].arguments) arguments.push_back(values[argument]);
    float* const out = i + 1 == nodes.size() ? result.data() : scratch_[i].data();
    LLMEMBED_RETURN_IF_ERROR(nodes[i].op->forward({.ops = ops, .settings = nodes[i].settings},
                                                  arguments, rows, {out, width, width}));
    values[i] = {out, width, width};
  }
  if (nodes.back().op == nullptr) {
    std::copy_n(values.back().data, result.size(), result.data());
  }
  return {};
}

Status Evaluator::Evaluate(std::span<const std::span<const float>> inputs, size_t rows,
                           std::span<float> output) {
  LLMEMBED_RETURN_IF_ERROR(CheckSizes(inputs, rows, output));
  for (size_t first = 0; first < rows; first += block_rows_) {
    const size_t count = std::min(block_rows_, rows - first);
    LLMEMBED_RETURN_IF_ERROR(
        EvaluateBlock(inputs, first, count, output.subspan(first * width(), count * width())));
  }
  return {};
}

}  // namespace llmembed::fusion
