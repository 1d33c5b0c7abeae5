#include "base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace llmembed::base {
namespace {

using testing::HasSubstr;

TEST(JsonTest, ReadsStrictJson) {
  const auto json = ParseJson(R"({"a": [1, 2.5, null, "\u00e9"], "b": {}})", "f");
  ASSERT_TRUE(json.ok()) << json.status().message();
  EXPECT_EQ(json->at("a")[3], "\u00e9");
}

TEST(JsonTest, RefusesTheRestWithItsName) {
  for (const char* text :
       {"", "{", "[1,]", "{\"a\":1,}", "nul", "[1] 2", "// c\n1", "{'a':1}", "[\xff]", "[NaN]",
        "[\"\n\"]", "\"\\ud800\"", "[01]", "{\"a\":1,\"a\":2}", "{\"o\":{\"k\":1,\"k\":1}}"}) {
    const Status status = ParseJson(text, "some.json").status();
    EXPECT_EQ(status.code(), StatusCode::kCorrupt) << text;
    EXPECT_THAT(status.message(), HasSubstr("some.json")) << text;
  }
}

TEST(JsonTest, DepthAndSizeAreBounded) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(ParseJson(nested(32), "f").ok());
  EXPECT_THAT(ParseJson(nested(33), "f").status().message(), HasSubstr("deeper than 32"));
  EXPECT_EQ(ParseJson(std::string(1 << 20, '['), "f").status().code(), StatusCode::kCorrupt);
  EXPECT_EQ(ParseJson("[1, 2, 3]", "f", {.max_bytes = 5}).status().code(), StatusCode::kCorrupt);
}

TEST(JsonTest, Files) {
  const test::TemporaryFolder folder;
  EXPECT_EQ(ReadJsonFile(folder / "none").status().code(), StatusCode::kNotFound);
  EXPECT_TRUE(ReadJsonFile(folder.Write("a.json", "[true]")).ok());
  EXPECT_FALSE(ReadJsonFile(folder.path()).ok());
}

}  // namespace
}  // namespace llmembed::base
