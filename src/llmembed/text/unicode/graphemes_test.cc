#include "text/unicode/graphemes.h"

#include <gtest/gtest.h>

#include <string>

namespace llmembed::text {
namespace {

// The clusters of a text, with "|" between them.
std::string Clusters(std::string_view text) {
  std::string joined;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = GraphemeEnd(text, begin);
    joined += joined.empty() ? "" : "|";
    joined += text.substr(begin, end - begin);
    begin = end;
  }
  return joined;
}

TEST(GraphemesTest, MarksBelongToWhatStandsBefore) {
  EXPECT_EQ(Clusters("ae\u0301\u0327b"), "a|e\u0301\u0327|b");
  EXPECT_EQ(Clusters("\u0301a"), "\u0301|a");
  EXPECT_EQ(Clusters("\u0915\u093fa"), "\u0915\u093f|a");
}

TEST(GraphemesTest, ControlsStandAlone) {
  EXPECT_EQ(Clusters("a\n\u0301b"), "a|\n|\u0301|b");
  EXPECT_EQ(Clusters("\r\n\n\r"), "\r\n|\n|\r");
}

TEST(GraphemesTest, JoinsPrependedHangulAndEmoji) {
  EXPECT_EQ(Clusters("\u0600\u0661\u0661"), "\u0600\u0661|\u0661");
  EXPECT_EQ(Clusters("\u1100\u1161\u11a8\uac00\u11a8\u1100\uac01\uac00"),
            "\u1100\u1161\u11a8|\uac00\u11a8|\u1100\uac01|\uac00");
  EXPECT_EQ(Clusters("\u00a9\ufe0f\u200d\u00aea\u200d\u00a9"),
            "\u00a9\ufe0f\u200d\u00ae|a\u200d|\u00a9");
}

TEST(GraphemesTest, FollowsTheReferenceWhereItDiffersFromUnicode) {
  EXPECT_EQ(Clusters("\u0915\u094d\u0937"), "\u0915\u094d|\u0937");  // a conjunct
}

}  // namespace
}  // namespace llmembed::text
