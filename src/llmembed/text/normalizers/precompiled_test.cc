#include "text/normalizers/precompiled.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "text/loading/base64.h"

namespace llmembed::text {
namespace {

using testing::HasSubstr;

// A double array of one block of 256 units for each prefix of a rule, and then the replacements.
std::string MapOf(const std::map<std::string, std::string>& rules) {
  std::map<std::string, uint32_t> blocks;
  for (const auto& rule : rules) {
    for (size_t length = 0; length <= rule.first.size(); ++length) {
      blocks.emplace(rule.first.substr(0, length), 0);
    }
  }
  uint32_t next = 0;
  for (auto& block : blocks) block.second = 256 * ++next;
  std::vector<uint32_t> units(256 * (next + 1), 0);
  std::string replacements;
  for (const auto& [prefix, block] : blocks) {
    const auto rule = rules.find(prefix);
    if (rule != rules.end()) {
      units[block] = 1U << 31U | static_cast<uint32_t>(replacements.size());
      replacements += rule->second + '\0';
    }
    const bool is_root = prefix.empty();
    const uint32_t label = is_root ? 0 : static_cast<unsigned char>(prefix.back());
    const uint32_t place = is_root ? 0 : blocks.at(prefix.substr(0, prefix.size() - 1)) ^ label;
    const uint32_t ends_rule = rule != rules.end() ? 1U << 8U : 0U;
    units[place] = (place ^ block) << 10U | ends_rule | label;
  }
  const auto trie_size = static_cast<uint32_t>(units.size() * sizeof(uint32_t));
  std::string bytes(sizeof(trie_size) + trie_size, '\0');
  std::memcpy(bytes.data(), &trie_size, sizeof(trie_size));
  std::memcpy(bytes.data() + sizeof(trie_size), units.data(), trie_size);
  return bytes + replacements;
}

std::string Normalized(const std::map<std::string, std::string>& rules, std::string_view text) {
  auto map = CharacterMap::Read(MapOf(rules), "map");
  EXPECT_TRUE(map.ok()) << map.status().message();
  std::string out;
  if (map.ok()) Precompiled(*std::move(map)).Normalize(text, &out);
  return out;
}

TEST(PrecompiledTest, ReplacesCharacters) {
  EXPECT_EQ(Normalized({{"a", "b"}, {"\t", " "}, {"\u3000", " "}, {"c", ""}}, "a\tc\u3000d\u00e9"),
            "b  d\u00e9");
  EXPECT_EQ(Normalized({{"ab", "x"}}, "ab"), "ab");  // two clusters, no rule for either
}

TEST(PrecompiledTest, TheShortestRuleReplacesAWholeCluster) {
  EXPECT_EQ(Normalized({{"e\u0301", "\u00e9"}}, "e\u0301e"), "\u00e9e");
  EXPECT_EQ(Normalized({{"e", "E"}, {"e\u0301", "\u00e9"}}, "e\u0301"), "E");
  EXPECT_EQ(Normalized({{"\r", " "}}, "a\r\nb\rc"), "a b c");
}

TEST(PrecompiledTest, LongClustersAreReplacedCharacterByCharacter) {
  EXPECT_EQ(Normalized({{"e", "E"}, {"\u0301", "'"}}, "e\u0301\u0302"), "E");
  EXPECT_EQ(Normalized({{"e", "E"}, {"\u0301", "'"}}, "e\u0301\u0302\u0301"), "E'\u0302'");
}

TEST(CharacterMapTest, RefusesDamage) {
  const std::string valid = MapOf({{"a", "b"}});
  const auto expect_refused = [](std::string_view bytes, const std::string& message) {
    const auto map = CharacterMap::Read(bytes, "map");
    ASSERT_FALSE(map.ok()) << message;
    EXPECT_EQ(map.status().code(), StatusCode::kCorrupt);
    EXPECT_THAT(map.status().message(), HasSubstr(message));
  };
  expect_refused("", "header");
  expect_refused("abc", "header");
  expect_refused(valid.substr(0, 100), "a trie of");
  expect_refused(std::string(4, '\0') + "b", "a trie of 0 bytes");
  expect_refused(valid.substr(0, valid.size() - 2), "whose replacement is at 0 of 0");
  expect_refused(valid.substr(0, valid.size() - 2) + "\xff", "not UTF-8");
  std::string odd = valid;
  odd[0] = 3;
  expect_refused(odd, "a trie of");
}

TEST(CharacterMapTest, NoTrieLeadsOutOfItself) {
  std::string bytes = MapOf({{"a", "b"}, {"cd", "e"}});
  for (size_t byte = 4; byte < 4 + 4 * 256; ++byte) {
    std::string damaged = bytes;
    damaged[byte] = static_cast<char>(~damaged[byte]);
    const auto map = CharacterMap::Read(damaged, "map");
    if (!map.ok()) continue;
    for (const char* text : {"a", "cd", "\xc3\xa9", "zzzz"}) (void)map->ReplacementOfShortest(text);
  }
}

TEST(Base64Test, DecodesWholeGroupsAlone) {
  EXPECT_EQ(DecodeBase64(""), "");
  EXPECT_EQ(DecodeBase64("TQ=="), "M");
  EXPECT_EQ(DecodeBase64("TWE="), "Ma");
  EXPECT_EQ(DecodeBase64("TWFu+/8A"), std::string("Man\xfb\xff\x00", 6));
  for (const char* text : {"T", "TQ", "TQ=", "T===", "====", "TR==", "TWF=", "TQ==TQ==", "TW u"}) {
    EXPECT_EQ(DecodeBase64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace llmembed::text
