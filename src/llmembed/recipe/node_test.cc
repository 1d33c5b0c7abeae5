#include "recipe/node.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recipe/yaml_reader.h"

namespace llmembed::recipe {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The value of "v: <yaml>", or the error's message.
template <typename T>
std::pair<T, std::string> Read(const std::string& yaml) {
  const auto root = ParseYaml("v: " + yaml, "t.yaml");
  EXPECT_TRUE(root.ok()) << root.status().message();
  T value{};
  const Status status = ReadValue(*root->Find("v"), &value);
  return {value, status.message()};
}

TEST(NodeTest, IntegersArePlainDecimals) {
  EXPECT_EQ(Read<uint32_t>("0").first, 0U);
  EXPECT_EQ(Read<uint32_t>("4294967295"), std::pair(4294967295U, std::string()));
  for (const char* yaml : {"010", "0x10", "1_000", "+1", "-1", "1.0", "1e3", "4294967296", "\"1\"",
                           "one", "~", "[1]", "{a: 1}", "true", ".inf", "1 2"}) {
    EXPECT_THAT(Read<uint32_t>(yaml).second, HasSubstr("t.yaml:1: v: expected an integer")) << yaml;
  }
  EXPECT_EQ(Read<uint32_t>("010").second,
            "t.yaml:1: v: expected an integer of 0 or more in plain decimal digits without leading "
            "zeros, found 010");
  EXPECT_EQ(Read<uint32_t>("\"1\"").second,
            "t.yaml:1: v: expected an integer of 0 or more, found the text \"1\"");
}

TEST(NodeTest, NumbersAreFinitePlainDecimals) {
  EXPECT_EQ(Read<double>("0.1"), std::pair(0.1, std::string()));
  EXPECT_EQ(Read<double>("1e-4").first, 1e-4);
  EXPECT_EQ(Read<double>("-2.5E+3").first, -2500.0);
  EXPECT_EQ(Read<double>("3").first, 3.0);
  for (const char* yaml : {"01.5", "-01", ".5", ".nan", ".inf", "-.inf", "nan", "inf", "0x1p3",
                           "1e999", "1,5", "'0.1'", "1e", ""}) {
    EXPECT_THAT(Read<double>(yaml).second, HasSubstr("t.yaml:1: v: expected a number")) << yaml;
  }
}

TEST(NodeTest, TextsAndLists) {
  EXPECT_EQ(Read<std::string>("yes").first, "yes");
  EXPECT_EQ(Read<std::string>("'010'").first, "010");
  EXPECT_EQ(Read<std::string>("").second, "t.yaml:1: v: expected text, found nothing");
  EXPECT_EQ(Read<std::string>("[a]").second, "t.yaml:1: v: expected text, found a list");
  EXPECT_THAT(Read<std::vector<double>>("[1, 0.5]").first, ElementsAre(1.0, 0.5));
  EXPECT_THAT(Read<std::vector<uint32_t>>("[]").first, ElementsAre());
  EXPECT_EQ(Read<std::vector<double>>("1").second,
            "t.yaml:1: v: expected a list of numbers, found 1");
  EXPECT_THAT(Read<std::vector<uint32_t>>("[1, x]").second,
              HasSubstr("t.yaml:1: v[1]: expected an integer"));
}

TEST(NodeTest, LongTextsAreShownInPart) {
  EXPECT_LT(Read<uint32_t>(std::string(100000, 'x')).second.size(), 200U);
}

TEST(NodeTest, JsonGivesTheSameNodes) {
  const Node root = NodeFromJson(
      base::Json::parse(R"({"a": [1, "1", null, true], "b": {"c": 0.25}})"), "b.json: recipe");
  EXPECT_EQ(root.where, "b.json: recipe");
  const Node& list = *root.Find("a");
  EXPECT_EQ(list.children[0].kind, Node::Kind::kPlain);
  EXPECT_EQ(list.children[1].kind, Node::Kind::kQuoted);
  EXPECT_EQ(list.children[2].kind, Node::Kind::kNull);
  EXPECT_EQ(list.children[3].text, "true");
  EXPECT_EQ(list.children[3].where, "b.json: recipe: a[3]");
  double value = 0.0;
  EXPECT_TRUE(ReadValue(*root.Find("b")->Find("c"), &value).ok());
  EXPECT_EQ(value, 0.25);
}

}  // namespace
}  // namespace llmembed::recipe
