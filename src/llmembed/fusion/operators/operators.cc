#include <array>

#include "fusion/operators/operator.h"

namespace llmembed::fusion {

extern const Operator kAvg, kCat, kCo, kMax;

namespace {
constexpr std::array<const Operator*, 4> kOperators = {&kAvg, &kCat, &kCo, &kMax};
}  // namespace

const Operator* FindOperator(std::string_view name) {
  for (const Operator* op : kOperators) {
    if (op->name == name) return op;
  }
  return nullptr;
}

std::string OperatorNames() {
  std::string names;
  for (const Operator* op : kOperators) {
    if (!names.empty()) names += ", ";
    names += op->name;
  }
  return names;
}

Result<size_t> EqualWidth(std::string_view name, std::span<const Operand> operands) {
  const Operand& first = operands.front();
  for (const Operand& operand : operands) {
    if (operand.width == first.width) continue;
    return Status(StatusCode::kBadData,
                  std::string(name) + " needs vectors of equal widths, but " +
                      std::string(first.text) + " has " + std::to_string(first.width) + " and " +
                      std::string(operand.text) + " has " + std::to_string(operand.width));
  }
  return first.width;
}

}  // namespace llmembed::fusion
