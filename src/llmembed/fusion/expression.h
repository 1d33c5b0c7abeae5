// A fusion expression: which tap vectors make the head's input, and how.
//
//   expression := tap | 'lexical' | operator '(' expression { ',' expression } { ',' setting } ')'
//   setting    := [ name '=' ] value
//
// e.g. "cat(avg(llama/-1:mean, llama/-2:mean), co(llama/-1:mean, bert/-1:cls, sigma=0.3))". A value
// without a name is that of the operator's first setting. Blanks and line breaks may stand between
// the parts. Operators and their settings: operators/operators.cc.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fusion/operators/operator.h"
#include "fusion/tap.h"
#include "llmembed/status.h"

namespace llmembed::fusion {

inline constexpr size_t kMaxExpressionLength = 16384;  // bytes
inline constexpr size_t kMaxExpressionDepth = 32;      // calls within calls
inline constexpr size_t kMaxFusedWidth = 1 << 20;      // of any part's result

// One part of an expression: a tap, or an operator's call.
struct Node {
  const Operator* op = nullptr;        // nullptr: a tap
  size_t tap = 0;                      // of a tap: its index in Expression::taps()
  std::vector<size_t> arguments = {};  // of a call: indices of earlier nodes
  std::vector<double> settings = {};   // of a call: a value for each of op->settings
  size_t begin = 0, end = 0;           // its bytes in the text
};

// Immutable after Parse, so thread-safe.
class Expression {
 public:
  // Taps that name no backbone get `default_backbone`; with "" they stay without one.
  // kBadData: points into the text (line, column and a caret below).
  static Result<Expression> Parse(std::string_view text, std::string_view default_backbone = "");

  // The distinct taps, in the order of their first appearance. Never empty.
  const std::vector<Tap>& taps() const { return taps_; }

  // Every node stands behind its arguments; the last one is the whole expression.
  const std::vector<Node>& nodes() const { return nodes_; }

  // The one spelling of this expression: ", " between arguments, every backbone named as it was
  // resolved, settings by name: an operator's first one, and others that are not its preset.
  // Parse(ToString()) gives an equal expression.
  std::string ToString() const;

  // Whether it has the tap that counts words.
  bool UsesLexical() const;

  // Whether some part is trained with the head.
  bool IsTrained() const;

  // Its taps side by side, in the order of taps(): cat(tap, tap, ...).
  Expression TapsSideBySide() const;

  // What can be computed before a head is trained: all of it, or where a part is trained with the
  // head, its taps side by side.
  Expression BeforeTraining() const { return IsTrained() ? TapsSideBySide() : *this; }

  // Each node's width from each tap's: [taps().size()] -> [nodes().size()].
  // kBadData when an operator's arguments do not fit or a result is wider than kMaxFusedWidth.
  Result<std::vector<size_t>> InferWidths(std::span<const size_t> tap_widths) const;

 private:
  friend class ExpressionParser;
  Expression() = default;

  std::string text_;
  std::vector<Tap> taps_;
  std::vector<Node> nodes_;
};

}  // namespace llmembed::fusion
