#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/loading/components.h"

namespace llmembed::text {
namespace {

using base::Json;
using testing::HasSubstr;

const Json kSplit = {
    {"type", "Split"}, {"pattern", {{"String", "-"}}}, {"behavior", "Isolated"}, {"invert", false}};

Status Refusal(const Json& options) { return ReadPreTokenizer(&options, "options").status(); }

Json With(Json options, const Json& changes) {
  options.update(changes);
  return options;
}

TEST(PatternSplitTest, OtherExpressionsAreRefusedByName) {
  const Status status = Refusal(With(kSplit, {{"pattern", {{"Regex", "[0-9]{2}"}}}}));
  EXPECT_EQ(status.code(), StatusCode::kUnsupported);
  EXPECT_THAT(status.message(), HasSubstr("[0-9]{2}"));
}

TEST(PatternSplitTest, RefusesDamage) {
  EXPECT_TRUE(Refusal(kSplit).ok());
  for (const Json& changes :
       {Json{{"pattern", "-"}}, Json{{"pattern", {{"String", 1}}}}, Json{{"behavior", "Kept"}},
        Json{{"behavior", 1}}, Json{{"invert", nullptr}}, Json{{"pattern", Json::object()}}}) {
    EXPECT_EQ(Refusal(With(kSplit, changes)).code(), StatusCode::kCorrupt) << changes;
  }
  EXPECT_EQ(Refusal(With(kSplit, {{"surprise", 1}})).code(), StatusCode::kUnsupported);
  EXPECT_EQ(Refusal(With(kSplit, {{"pattern", {{"String", ""}}}})).code(),
            StatusCode::kUnsupported);
}

TEST(PatternSplitTest, ItsKinRefuseDamageToo) {
  for (const Json& options :
       {Json{{"type", "Digits"}}, Json{{"type", "Punctuation"}, {"behavior", "x"}},
        Json{{"type", "CharDelimiterSplit"}, {"delimiter", ""}},
        Json{{"type", "CharDelimiterSplit"}, {"delimiter", "ab"}},
        Json{{"type", "ByteLevel"}, {"add_prefix_space", 1}}}) {
    EXPECT_EQ(Refusal(options).code(), StatusCode::kCorrupt) << options;
  }
  for (const char* type : {"Whitespace", "Punctuation"}) {
    EXPECT_EQ(Refusal({{"type", type}, {"surprise", 1}}).code(), StatusCode::kUnsupported);
  }
}

}  // namespace
}  // namespace llmembed::text
