// The recursive-descent parser behind Expression::Parse.
#include <algorithm>

#include "fusion/expression.h"
#include "fusion/source_error.h"

namespace llmembed::fusion {

class ExpressionParser {
 public:
  ExpressionParser(std::string_view text, std::string_view default_backbone)
      : text_(text), default_backbone_(default_backbone) {}

  Result<Expression> Run() {
    expression_.text_ = text_;
    if (text_.size() > kMaxExpressionLength) {
      return Status(StatusCode::kBadData, "fusion expression: longer than " +
                                              std::to_string(kMaxExpressionLength) + " bytes");
    }
    LLMEMBED_ASSIGN_OR_RETURN(const size_t root, ParseExpression(0));
    static_cast<void>(root);  // always the last node
    if (position_ < text_.size()) {
      return Error(position_, "expected the end of the expression");
    }
    return std::move(expression_);
  }

 private:
  // expression := tap | operator '(' expression { ',' expression } ')'. Returns its node's index
  // and leaves position_ at the next part.
  Result<size_t> ParseExpression(size_t depth) {
    SkipBlanks();
    const size_t begin = position_;
    const std::string_view word = ReadWord();
    const size_t end = position_;
    SkipBlanks();
    if (word.empty()) {
      return Error(begin, "expected a tap such as -1:mean, or an operator (" + OperatorNames() +
                              ") and '('");
    }
    if (position_ < text_.size() && text_[position_] == '(') return ParseCall(word, begin, depth);
    return ParseTapNode(word, begin, end);
  }

  Result<size_t> ParseCall(std::string_view name, size_t begin, size_t depth) {
    const Operator* op = FindOperator(name);
    if (op == nullptr) {
      return Error(begin, "unknown operator \"" + std::string(name) + "\", expected one of " +
                              OperatorNames());
    }
    if (depth == kMaxExpressionDepth) {
      return Error(begin, "calls are nested deeper than " + std::to_string(kMaxExpressionDepth));
    }
    Node call{.op = op, .begin = begin};
    do {
      ++position_;  // '(' or ','
      LLMEMBED_ASSIGN_OR_RETURN(const size_t argument, ParseExpression(depth + 1));
      call.arguments.push_back(argument);
    } while (position_ < text_.size() && text_[position_] == ',');
    if (position_ == text_.size() || text_[position_] != ')') {
      return Error(position_, "expected ',' or ')' in the arguments of " + std::string(op->name));
    }
    call.end = ++position_;
    SkipBlanks();
    return AddNode(std::move(call));
  }

  Result<size_t> ParseTapNode(std::string_view word, size_t begin, size_t end) {
    if (FindOperator(word) != nullptr) {
      return Error(end, "expected '(' after the operator " + std::string(word));
    }
    auto parsed = ParseTap(word);
    if (!parsed.ok()) {
      return Error(begin, parsed.status().message());
    }
    if (parsed->backbone.empty()) parsed->backbone = default_backbone_;

    auto& taps = expression_.taps_;
    const auto found = std::find(taps.begin(), taps.end(), *parsed);
    const size_t index = static_cast<size_t>(found - taps.begin());
    if (found == taps.end()) {
      if (taps.size() == kMaxTaps) {
        return Error(begin, "more than " + std::to_string(kMaxTaps) + " different taps");
      }
      taps.push_back(*std::move(parsed));
    }
    return AddNode({.tap = index, .begin = begin, .end = end});
  }

  size_t AddNode(Node node) {
    expression_.nodes_.push_back(std::move(node));
    return expression_.nodes_.size() - 1;
  }

  void SkipBlanks() {
    position_ = std::min(text_.find_first_not_of(" \t\r\n", position_), text_.size());
  }

  // Up to the next blank or punctuation; what it may hold is ParseTap's to say.
  std::string_view ReadWord() {
    const size_t begin = position_;
    position_ = std::min(text_.find_first_of(" \t\r\n(),", begin), text_.size());
    return text_.substr(begin, position_ - begin);
  }

  Status Error(size_t position, const std::string& problem) const {
    return SourceError(StatusCode::kBadData, text_, position, problem);
  }

  std::string_view text_;
  std::string default_backbone_;
  size_t position_ = 0;
  Expression expression_;
};

Result<Expression> Expression::Parse(std::string_view text, std::string_view default_backbone) {
  return ExpressionParser(text, default_backbone).Run();
}

}  // namespace llmembed::fusion
