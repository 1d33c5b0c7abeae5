#include "fusion/expression.h"

#include <algorithm>
#include <charconv>

#include "fusion/source_error.h"

namespace llmembed::fusion {
namespace {

// The shortest spelling that reads back as the same number.
std::string NumberText(double value) {
  char text[32];
  const auto end = std::to_chars(std::begin(text), std::end(text), value).ptr;
  return {text, end};
}

void AppendSettings(const Node& node, std::string* out) {
  for (size_t i = 0; i < node.settings.size(); ++i) {
    const SettingSpec& spec = node.op->settings[i];
    const double value = node.settings[i];
    if (i > 0 && value == spec.preset) continue;
    *out += ", " + std::string(spec.name) + "=";
    if (spec.words.empty()) {
      *out += NumberText(value);
    } else {
      *out += spec.words[static_cast<size_t>(value)];
    }
  }
}

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
  AppendSettings(node, out);
  *out += ")";
}

}  // namespace

std::string Expression::ToString() const {
  std::string text;
  AppendNode(*this, nodes_.size() - 1, &text);
  return text;
}

bool Expression::UsesLexical() const { return std::ranges::any_of(taps_, &Tap::is_lexical); }

bool Expression::IsTrained() const {
  return std::ranges::any_of(nodes_, [](const Node& node) {
    return node.op != nullptr && node.op->parameters != nullptr;
  });
}

Expression Expression::TapsSideBySide() const {
  Expression all;
  all.taps_ = taps_;
  Node cat{.op = FindOperator("cat")};
  all.text_ = "cat(";
  for (size_t tap = 0; tap < taps_.size(); ++tap) {
    if (tap > 0) all.text_ += ", ";
    const size_t begin = all.text_.size();
    all.text_ += fusion::ToString(taps_[tap]);
    all.nodes_.push_back({.tap = tap, .begin = begin, .end = all.text_.size()});
    cat.arguments.push_back(tap);
  }
  all.text_ += ")";
  cat.end = all.text_.size();
  all.nodes_.push_back(std::move(cat));
  return all;
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
      auto inferred = node.op->infer_width(operands, node.settings);
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
