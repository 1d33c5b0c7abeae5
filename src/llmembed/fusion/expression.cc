#include "fusion/expression.h"

#include "fusion/source_error.h"

namespace llmembed::fusion {
namespace {

void AppendNode(const Expression& expression, size_t index, std::string* out) {
  const Node& node = expression.nodes()[index];
  if (node.op == nullptr) {
    *out += ToString(expression.taps()[node.tap]);
    return;
  }
  *out += node.op->name;
  for (size_t i = 0; i < node.arguments.size(); ++i) {
    *out += i == 0 ? "(" : ", ";
    AppendNode(expression, node.arguments[i], out);
  }
  *out += ")";
}

}  // namespace

std::string Expression::ToString() const {
  std::string text;
  AppendNode(*this, nodes_.size() - 1, &text);
  return text;
}

Result<std::vector<size_t>> Expression::InferWidths(std::span<const size_t> tap_widths) const {
  if (tap_widths.size() != taps_.size()) {
    return Status(StatusCode::kInternal, "fusion: " + std::to_string(tap_widths.size()) +
                                             " tap widths for " + std::to_string(taps_.size()) +
                                             " taps");
  }
  std::vector<size_t> widths;
  widths.reserve(nodes_.size());
  for (const Node& node : nodes_) {
    size_t width = 0;
    if (node.op == nullptr) {
      width = tap_widths[node.tap];
    } else {
      std::vector<Operand> operands;
      for (const size_t argument : node.arguments) {
        const Node& part = nodes_[argument];
        operands.push_back(
            {std::string_view(text_).substr(part.begin, part.end - part.begin), widths[argument]});
      }
      auto inferred = node.op->infer_width(operands);
      if (!inferred.ok()) {
        const Status error = inferred.status();
        return SourceError(error.code(), text_, node.begin, error.message());
      }
      width = *inferred;
    }
    if (width == 0 || width > kMaxFusedWidth) {
      return SourceError(StatusCode::kBadData, text_, node.begin,
                         "this part is " + std::to_string(width) + " wide, expected 1 to " +
                             std::to_string(kMaxFusedWidth));
    }
    widths.push_back(width);
  }
  return widths;
}

}  // namespace llmembed::fusion
