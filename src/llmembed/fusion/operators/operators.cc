#include <array>

#include "fusion/operators/operator.h"

namespace llmembed::fusion {

extern const Operator kAvg, kCat;

namespace {
constexpr std::array<const Operator*, 2> kOperators = {&kAvg, &kCat};
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

}  // namespace llmembed::fusion
