#include "fusion/expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace llmembed::fusion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Expression Parsed(std::string_view text, std::string_view backbone = "") {
  auto expression = Expression::Parse(text, backbone);
  EXPECT_TRUE(expression.ok()) << expression.status().message();
  return *std::move(expression);
}

std::vector<size_t> Widths(const Expression& expression, std::vector<size_t> tap_widths) {
  auto widths = expression.InferWidths(tap_widths);
  EXPECT_TRUE(widths.ok()) << widths.status().message();
  return *std::move(widths);
}

TEST(ExpressionTest, ABareTapIsAnExpression) {
  const Expression expression = Parsed("  -1:mean\n");
  EXPECT_THAT(expression.taps(), ElementsAre(Tap{"", -1, Pooling::kMean}));
  EXPECT_EQ(expression.ToString(), "-1:mean");
  EXPECT_THAT(Widths(expression, {384}), ElementsAre(384));
}

TEST(ExpressionTest, CallsNestAndTapsAreListedOnce) {
  const Expression expression =
      Parsed("cat(avg(l/-1:mean,l/-2:mean),\n\tb/-1:cls , cat( l/-2:mean ))");
  EXPECT_THAT(expression.taps(),
              ElementsAre(Tap{"l", -1, Pooling::kMean}, Tap{"l", -2, Pooling::kMean},
                          Tap{"b", -1, Pooling::kCls}));
  EXPECT_EQ(expression.ToString(), "cat(avg(l/-1:mean, l/-2:mean), b/-1:cls, cat(l/-2:mean))");
  EXPECT_EQ(Widths(expression, {8, 8, 3}).back(), 8 + 3 + 8U);
}

TEST(ExpressionTest, ItsTextIsAFixedPoint) {
  for (const char* text : {"-1:mean", "avg(0:cls, 1:cls)", "cat(avg(a/0:max), b/-1:last)"}) {
    EXPECT_EQ(Parsed(text).ToString(), text);
  }
}

TEST(ExpressionTest, SettingsStandBehindTheVectors) {
  const Expression expression =
      Parsed("co(a/0:mean, b/0:mean, 0.25, entries = upper,width=16, rows=raw)");
  EXPECT_EQ(expression.ToString(), "co(a/0:mean, b/0:mean, sigma=0.25, width=16, entries=upper)");
  EXPECT_TRUE(expression.IsTrained());
  EXPECT_EQ(Parsed(expression.ToString()).ToString(), expression.ToString());
  EXPECT_EQ(Widths(expression, {8, 8}).back(), 3U);
  EXPECT_EQ(Parsed("co(a/0:mean, b/0:mean)").ToString(), "co(a/0:mean, b/0:mean, sigma=0.3)");
  EXPECT_FALSE(Parsed("max(avg(0:mean), 1:mean)").IsTrained());
}

TEST(ExpressionTest, ItsTapsSideBySideAreAnExpressionToo) {
  const Expression expression = Parsed("cat(co(a/0:mean, b/-1:cls), avg(b/-1:cls, a/2:mean))");
  const Expression all = expression.TapsSideBySide();
  EXPECT_EQ(all.taps(), expression.taps());
  EXPECT_EQ(all.ToString(), "cat(a/0:mean, b/-1:cls, a/2:mean)");
  EXPECT_EQ(Parsed(all.ToString()).ToString(), all.ToString());
  EXPECT_FALSE(all.IsTrained());
  EXPECT_EQ(Widths(all, {3, 5, 7}).back(), 15U);
  EXPECT_EQ(Parsed("0:mean").TapsSideBySide().ToString(), "cat(0:mean)");
}

TEST(ExpressionTest, WrongSettingsArePointedAt) {
  const auto message = [](std::string_view text) {
    const auto expression = Expression::Parse(text);
    return expression.ok() ? std::string("parsed") : expression.status().message();
  };
  EXPECT_THAT(
      message("co(0:mean, 1:mean, size=3)"),
      HasSubstr("column 20: co has no setting \"size\", expected one of sigma, width, rows, "
                "entries, slope"));
  EXPECT_THAT(message("co(0:mean, 1:mean, sigma=big)"),
              HasSubstr("column 26: sigma takes a number from 1e-06 to 1e+06"));
  EXPECT_THAT(message("co(0:mean, 1:mean, width=1.5)"),
              HasSubstr("width takes a whole number from 0 to 65536"));
  EXPECT_THAT(message("co(0:mean, 1:mean, rows=flat)"), HasSubstr("rows takes raw or normalised"));
  EXPECT_THAT(message("co(0:mean, 1:mean, 0.1, sigma=0.2)"), HasSubstr("sigma is set twice"));
  EXPECT_THAT(message("co(0:mean, 0.1, 1:mean)"),
              HasSubstr("vectors stand before the settings of co"));
  EXPECT_THAT(message("cat(0:mean, 0.5)"), HasSubstr("cat has no setting \"0.5\""));
  EXPECT_THAT(message("co(0:mean, 1:mean, sigma=)"), HasSubstr("sigma takes"));
}

TEST(ExpressionTest, CoNeedsTwoVectors) {
  EXPECT_THAT(Parsed("co(0:mean, 0.3)").InferWidths(std::vector<size_t>{4}).status().message(),
              HasSubstr("co needs 2 to 256 vectors, not 1"));
}

TEST(ExpressionTest, TheDefaultBackboneFillsInMissingNames) {
  const Expression expression = Parsed("cat(-1:mean, minilm/-1:mean, b/0:cls)", "minilm");
  EXPECT_EQ(expression.ToString(), "cat(minilm/-1:mean, minilm/-1:mean, b/0:cls)");
  EXPECT_EQ(expression.taps().size(), 2U);
}

TEST(ExpressionTest, CountingWordsIsATapWithoutABackbone) {
  const Expression expression = Parsed("cat(-1:mean, lexical, avg(lexical))", "minilm");
  EXPECT_EQ(expression.ToString(), "cat(minilm/-1:mean, lexical, avg(lexical))");
  EXPECT_EQ(Parsed(expression.ToString()).ToString(), expression.ToString());
  EXPECT_THAT(expression.taps(), ElementsAre(Tap{"minilm", -1}, Tap{.is_lexical = true}));
  EXPECT_EQ(Widths(expression, {8, 3}).back(), 8 + 3 + 3U);
  EXPECT_TRUE(expression.UsesLexical());
  EXPECT_FALSE(Parsed("cat(-1:mean, 0:mean)").UsesLexical());
  EXPECT_FALSE(ParseTapList("lexical").ok()) << "a list is of a backbone's taps";
}

struct BadExpression {
  const char* text;
  const char* message;  // whole, caret line included
};

constexpr BadExpression kBadExpressions[] = {
    {"",
     "column 1: expected a tap such as -1:mean, lexical, or an operator (avg, cat, co, max) and '('"
     "\n  \n  ^"},
    {"cat()",
     "column 5: expected a tap such as -1:mean, lexical, or an operator (avg, cat, co, max) and '('"
     "\n  cat()\n      ^"},
    {"cat(0:mean,)",
     "column 12: expected a tap such as -1:mean, lexical, or an operator (avg, cat, co, max) and '('"
     "\n  cat(0:mean,)\n             ^"},
    {"cat(0:mean 1:mean)",
     "column 12: expected ',' or ')' in the arguments of cat"
     "\n  cat(0:mean 1:mean)\n             ^"},
    {"cat(0:mean",
     "column 11: expected ',' or ')' in the arguments of cat"
     "\n  cat(0:mean\n            ^"},
    {"cat(0:mean))",
     "column 12: expected the end of the expression"
     "\n  cat(0:mean))\n             ^"},
    {"0:mean, 1:mean",
     "column 7: expected the end of the expression"
     "\n  0:mean, 1:mean\n        ^"},
    {"sum(0:mean)",
     "column 1: unknown operator \"sum\", expected one of avg, cat, co, max"
     "\n  sum(0:mean)\n  ^"},
    {"cat", "column 4: expected '(' after the operator cat\n  cat\n     ^"},
    {"cat(0:mean, 1:men)",
     "column 13: tap \"1:men\": the pooling after ':' is unknown; expected mean, "
     "mean_all, max, cls, last or pooler\n  cat(0:mean, 1:men)\n              ^"},
    {"cat(0:mean,\n  x)",
     "line 2, column 3: tap \"x\": expected layer:pooling, such as -1:mean"
     "\n    x)\n    ^"},
    {"é(0:mean) é",
     "column 1: unknown operator \"é\", expected one of avg, cat, co, max"
     "\n  é(0:mean) é\n  ^"},
};

TEST(ExpressionTest, ErrorsPointAtTheFault) {
  for (const BadExpression& bad : kBadExpressions) {
    SCOPED_TRACE(bad.text);
    const auto expression = Expression::Parse(bad.text);
    ASSERT_FALSE(expression.ok());
    EXPECT_EQ(expression.status().code(), StatusCode::kBadData);
    EXPECT_EQ(expression.status().message(), std::string("fusion expression, ") + bad.message);
  }
}

TEST(ExpressionTest, ATapThatIsNoneIsPointedAt) {
  const auto expression = Expression::Parse("cat(0:mean, -1.raw:pooler)");
  ASSERT_FALSE(expression.ok());
  EXPECT_EQ(expression.status().code(), StatusCode::kBadData);
  EXPECT_THAT(expression.status().message(), HasSubstr("column 13: tap \"-1.raw:pooler\""));
}

TEST(ExpressionTest, LongLinesAreShownInPart) {
  std::string text = "cat(0:mean";
  for (int i = 1; i < 200; ++i) text += ", " + std::to_string(i) + ":mean";
  const auto expression = Expression::Parse(text + ", 7:men, 8:mean)");
  ASSERT_FALSE(expression.ok());
  const std::string message = expression.status().message();
  const size_t caret = message.find('^');
  const size_t shown = message.find("\n  ") + 3;
  const size_t caret_line = message.rfind('\n') + 3;
  EXPECT_LT(message.size(), 400U);
  EXPECT_EQ(message.substr(shown + (caret - caret_line), 5), "7:men");
}

TEST(ExpressionTest, LengthDepthAndTapsAreBounded) {
  const auto nested = [](size_t depth) {
    std::string text;
    for (size_t i = 0; i < depth; ++i) text += "cat(";
    return text + "0:mean" + std::string(depth, ')');
  };
  EXPECT_TRUE(Expression::Parse(nested(kMaxExpressionDepth)).ok());
  EXPECT_THAT(Expression::Parse(nested(kMaxExpressionDepth + 1)).status().message(),
              HasSubstr("column 129: calls are nested deeper than 32"));
  EXPECT_EQ(Expression::Parse(nested(1000000)).status().code(), StatusCode::kBadData);

  EXPECT_TRUE(Expression::Parse("0:mean" + std::string(kMaxExpressionLength - 6, ' ')).ok());
  EXPECT_THAT(
      Expression::Parse("0:mean" + std::string(kMaxExpressionLength - 5, ' ')).status().message(),
      HasSubstr("longer than 16384 bytes"));

  std::string many = "cat(0:mean";
  for (size_t i = 1; i <= kMaxTaps; ++i) many += "," + std::to_string(i) + ":mean";
  EXPECT_THAT(Expression::Parse(many + ")").status().message(),
              HasSubstr("more than 1024 different taps"));
}

TEST(ExpressionTest, AvgNamesThePartsThatDoNotFit) {
  const Expression expression = Parsed("cat(0:cls, avg(l/-1:mean, cat(b/0:cls, b/0:cls)))");
  const auto widths = expression.InferWidths(std::vector<size_t>{1, 384, 1024});
  ASSERT_FALSE(widths.ok());
  EXPECT_EQ(widths.status().code(), StatusCode::kBadData);
  EXPECT_THAT(widths.status().message(),
              HasSubstr("column 12: avg needs vectors of equal widths, but l/-1:mean has 384 and "
                        "cat(b/0:cls, b/0:cls) has 2048\n"));
}

TEST(ExpressionTest, WidthsAreBounded) {
  EXPECT_THAT(Parsed("0:mean").InferWidths(std::vector<size_t>{0}).status().message(),
              HasSubstr("0 wide"));
  const Expression pair = Parsed("cat(0:mean, 1:mean)");
  EXPECT_TRUE(pair.InferWidths(std::vector<size_t>{kMaxFusedWidth - 1, 1}).ok());
  EXPECT_EQ(pair.InferWidths(std::vector<size_t>{kMaxFusedWidth, 1}).status().code(),
            StatusCode::kBadData);
  EXPECT_EQ(pair.InferWidths(std::vector<size_t>{4}).status().code(), StatusCode::kInternal);
}

TEST(OperatorTest, CatRefusesASumThatOverflows) {
  const std::vector<Operand> operands = {{"a", SIZE_MAX}, {"b", 1}};
  EXPECT_EQ(FindOperator("cat")->infer_width(operands, {}).status().code(), StatusCode::kBadData);
}

}  // namespace
}  // namespace llmembed::fusion
