#include "data/text_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/random.h"

namespace llmembed::data {
namespace {

using ::testing::ElementsAre;

TEST(TextIndexTest, FirstRowsAndLookups) {
  const std::vector<std::string_view> texts = {"a", "b", "a", "", "a", "", "B"};
  const TextIndex index(texts);
  EXPECT_THAT(index.first_rows(), ElementsAre(0, 1, 0, 3, 0, 3, 6));
  EXPECT_EQ(index.Find("a"), 0U);
  EXPECT_EQ(index.Find(""), 3U);
  EXPECT_EQ(index.Find("c"), std::nullopt);
}

TEST(TextIndexTest, EmptyIndexFindsNothing) { EXPECT_EQ(TextIndex({}).Find(""), std::nullopt); }

TEST(TextIndexTest, AgreesWithAnOrderedMap) {
  base::Random random(3);
  std::vector<std::string> stored(20000);
  for (std::string& text : stored) text = "text " + std::to_string(random.Below(9000));
  const std::vector<std::string_view> texts(stored.begin(), stored.end());
  const TextIndex index(texts);
  std::map<std::string_view, uint32_t> first;
  for (uint32_t row = 0; row < texts.size(); ++row) {
    EXPECT_EQ(index.first_rows()[row], first.try_emplace(texts[row], row).first->second);
  }
}

}  // namespace
}  // namespace llmembed::data
