#include "text/trie.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/random.h"

namespace llmembed::text {
namespace {

TEST(TrieTest, FindsTheLongestKeyAtTheStart) {
  const Trie trie({{"a", 1}, {"abc", 2}, {"b", 3}});
  EXPECT_EQ(trie.LongestPrefix("abcd").length, 3U);
  EXPECT_EQ(trie.LongestPrefix("abcd").value, 2);
  EXPECT_EQ(trie.LongestPrefix("abd").length, 1U);
  EXPECT_EQ(trie.LongestPrefix("abd").value, 1);
  EXPECT_EQ(trie.LongestPrefix("ca").length, 0U);
  EXPECT_EQ(trie.LongestPrefix("ca").value, Trie::kNoValue);
  EXPECT_EQ(trie.LongestPrefix("").length, 0U);
}

TEST(TrieTest, ContinuesBehindAPrefix) {
  const Trie trie({{"##ing", 1}, {"##i", 2}, {"ing", 3}});
  const uint32_t behind = trie.Find("##");
  ASSERT_NE(behind, Trie::kNoNode);
  EXPECT_EQ(trie.ValueAt(behind), Trie::kNoValue);
  EXPECT_EQ(trie.LongestPrefix("ings", behind).value, 1);
  EXPECT_EQ(trie.LongestPrefix("in", behind).value, 2);
  EXPECT_EQ(trie.Find("#a"), Trie::kNoNode);
  EXPECT_EQ(trie.Find("##ingx"), Trie::kNoNode);
}

TEST(TrieTest, TheFirstOfEqualKeysCountsAndEmptyKeysAreLeftOut) {
  const Trie trie({{"x", 7}, {"", 1}, {"x", 8}});
  EXPECT_EQ(trie.LongestPrefix("x").value, 7);
  EXPECT_EQ(trie.ValueAt(Trie::kRoot), Trie::kNoValue);
  const Trie empty({});
  EXPECT_EQ(empty.LongestPrefix("x").length, 0U);
}

// Keys of all bytes, narrow and wide nodes: against a plain map.
TEST(TrieTest, AgreesWithAMapOnRandomKeys) {
  base::Random random(1);
  const auto random_text = [&random](uint32_t alphabet) {
    std::string text(1 + random.Below(5), '\0');
    for (char& byte : text) byte = static_cast<char>(random.Below(alphabet));
    return text;
  };
  for (const uint32_t alphabet : {2U, 20U, 256U}) {
    std::map<std::string, int32_t> keys;
    for (int32_t i = 0; i < 3000; ++i) keys.try_emplace(random_text(alphabet), i);
    std::vector<Trie::Entry> entries;
    for (const auto& [key, value] : keys) entries.push_back({key, value});
    const Trie trie(entries);
    for (int i = 0; i < 3000; ++i) {
      const std::string text = random_text(alphabet) + random_text(alphabet);
      size_t length = text.size();
      while (length > 0 && keys.count(text.substr(0, length)) == 0) --length;
      const Trie::Match match = trie.LongestPrefix(text);
      ASSERT_EQ(match.length, length);
      ASSERT_EQ(match.value, length == 0 ? Trie::kNoValue : keys.at(text.substr(0, length)));
    }
  }
}

}  // namespace
}  // namespace llmembed::text
