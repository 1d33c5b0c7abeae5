// The recursive-descent parser behind Expression::Parse.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "fusion/expression.h"
#include "fusion/source_error.h"

namespace llmembed::fusion {
namespace {

std::optional<double> ParseNumber(std::string_view text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// What a setting takes, in words.
std::string Expected(const SettingSpec& spec) {
  if (spec.words.empty()) {
    char range[80];
    std::snprintf(range, sizeof range, "a %snumber from %g to %g", spec.is_whole ? "whole " : "",
                  spec.low, spec.high);
    return range;
  }
  std::string words;
  for (const std::string_view word : spec.words) {
    words += (words.empty() ? "" : " or ") + std::string(word);
  }
  return words;
}

std::optional<double> ParseSettingValue(const SettingSpec& spec, std::string_view text) {
  if (!spec.words.empty()) {
    const auto found = std::ranges::find(spec.words, text);
    if (found == spec.words.end()) return std::nullopt;
    return static_cast<double>(found - spec.words.begin());
  }
  const auto value = ParseNumber(text);
  if (!value || !(*value >= spec.low && *value <= spec.high)) return std::nullopt;
  if (spec.is_whole && *value != std::floor(*value)) return std::nullopt;
  return value;
}

}  // namespace

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
  // expression := tap | 'lexical' | operator '(' expression { ',' expression } { ',' setting } ')'.
  // Returns its node's index and leaves position_ at the next part.
  Result<size_t> ParseExpression(size_t depth) {
    SkipBlanks();
    const size_t begin = position_;
    const std::string_view word = ReadWord();
    const size_t end = position_;
    SkipBlanks();
    if (word.empty()) {
      return Error(begin, "expected a tap such as -1:mean, lexical, or an operator (" +
                              OperatorNames() + ") and '('");
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
    for (const SettingSpec& spec : op->settings) call.settings.push_back(spec.preset);
    std::vector<bool> is_set(op->settings.size(), false);
    do {
      ++position_;  // '(' or ','
      if (!call.arguments.empty() && AtSetting()) {
        LLMEMBED_RETURN_IF_ERROR(ParseSetting(&call, &is_set));
        continue;
      }
      const size_t argument_begin = position_;
      LLMEMBED_ASSIGN_OR_RETURN(const size_t argument, ParseExpression(depth + 1));
      if (std::ranges::find(is_set, true) != is_set.end()) {
        return Error(argument_begin,
                     "vectors stand before the settings of " + std::string(op->name));
      }
      call.arguments.push_back(argument);
    } while (position_ < text_.size() && text_[position_] == ',');
    if (position_ == text_.size() || text_[position_] != ')') {
      return Error(position_, "expected ',' or ')' in the arguments of " + std::string(op->name));
    }
    call.end = ++position_;
    SkipBlanks();
    return AddNode(std::move(call));
  }

  // Whether a number or "name =" comes next.
  bool AtSetting() {
    SkipBlanks();
    const size_t begin = position_;
    const std::string_view word = ReadWord();
    SkipBlanks();
    const bool is_named = position_ < text_.size() && text_[position_] == '=';
    position_ = begin;
    return is_named || ParseNumber(word).has_value();
  }

  // setting := [ name '=' ] value
  Status ParseSetting(Node* call, std::vector<bool>* is_set) {
    const std::span<const SettingSpec> specs = call->op->settings;
    size_t begin = position_;
    std::string_view word = ReadWord();
    SkipBlanks();
    size_t index = 0;
    if (position_ < text_.size() && text_[position_] == '=') {
      while (index < specs.size() && specs[index].name != word) ++index;
      if (index == specs.size()) return UnknownSetting(*call, word, begin);
      ++position_;
      SkipBlanks();
      begin = position_;
      word = ReadWord();
      SkipBlanks();
    } else if (specs.empty()) {
      return UnknownSetting(*call, word, begin);
    }
    if ((*is_set)[index]) {
      return Error(begin, std::string(specs[index].name) + " is set twice");
    }
    const auto value = ParseSettingValue(specs[index], word);
    if (!value) {
      return Error(begin, std::string(specs[index].name) + " takes " + Expected(specs[index]));
    }
    call->settings[index] = *value;
    (*is_set)[index] = true;
    return {};
  }

  Status UnknownSetting(const Node& call, std::string_view word, size_t begin) const {
    std::string names;
    for (const SettingSpec& spec : call.op->settings) {
      names += (names.empty() ? "" : ", ") + std::string(spec.name);
    }
    return Error(begin, std::string(call.op->name) + " has no setting \"" + std::string(word) +
                            "\"" + (names.empty() ? "" : ", expected one of " + names));
  }

  Result<size_t> ParseTapNode(std::string_view word, size_t begin, size_t end) {
    if (FindOperator(word) != nullptr) {
      return Error(end, "expected '(' after the operator " + std::string(word));
    }
    Tap tap{.is_lexical = word == kLexicalTap};
    if (!tap.is_lexical) {
      auto parsed = ParseTap(word);
      if (!parsed.ok()) return Error(begin, parsed.status().message());
      tap = *std::move(parsed);
      if (tap.backbone.empty()) tap.backbone = default_backbone_;
    }
    auto& taps = expression_.taps_;
    const auto found = std::find(taps.begin(), taps.end(), tap);
    const size_t index = static_cast<size_t>(found - taps.begin());
    if (found == taps.end()) {
      if (taps.size() == kMaxTaps) {
        return Error(begin, "more than " + std::to_string(kMaxTaps) + " different taps");
      }
      taps.push_back(std::move(tap));
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
    position_ = std::min(text_.find_first_of(" \t\r\n(),=", begin), text_.size());
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
