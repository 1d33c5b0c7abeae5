#include "recipe/nearest.h"

#include <gtest/gtest.h>

#include <vector>

namespace llmembed::recipe {
namespace {

TEST(NearestTest, FindsWhatWasMeant) {
  const std::vector<std::string> words = {"version", "name", "max_tokens", "dtype"};
  EXPECT_EQ(NearestWord("max_token", words), "max_tokens");
  EXPECT_EQ(NearestWord("max-tokens", words), "max_tokens");
  EXPECT_EQ(NearestWord("dytpe", words), "dtype");
  EXPECT_EQ(NearestWord("nmae", words), "name");
  EXPECT_EQ(NearestWord("name", words), "name");
  EXPECT_EQ(NearestWord("colour", words), "");
  EXPECT_EQ(NearestWord("", words), "");
  EXPECT_EQ(NearestWord(std::string(100000, 'n'), words), "");
  EXPECT_EQ(NearestWord("name", {}), "");
}

}  // namespace
}  // namespace llmembed::recipe
