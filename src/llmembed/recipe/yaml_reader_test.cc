#include "recipe/yaml_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace llmembed::recipe {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Node Parsed(std::string_view yaml) {
  auto node = ParseYaml(yaml, "t.yaml");
  EXPECT_TRUE(node.ok()) << node.status().message();
  return *std::move(node);
}

TEST(YamlReaderTest, KeepsKindsTextsAndPlaces) {
  const Node root = Parsed(
      "a: 1\n"
      "b: \"1\"\n"
      "list:\n"
      "  - x: yes\n"
      "  - {y: ~, z: [3, 'four']}\n"
      "folded: >\n"
      "  one\n"
      "  two\n");
  EXPECT_EQ(root.where, "t.yaml:1");
  EXPECT_EQ(root.Find("a")->kind, Node::Kind::kPlain);
  EXPECT_EQ(root.Find("b")->kind, Node::Kind::kQuoted);
  EXPECT_EQ(root.Find("b")->where, "t.yaml:2: b");
  EXPECT_EQ(root.Find("c"), nullptr);

  const Node& list = *root.Find("list");
  EXPECT_EQ(list.where, "t.yaml:3: list");
  ASSERT_EQ(list.children.size(), 2U);
  EXPECT_EQ(list.children[0].Find("x")->text, "yes");
  EXPECT_EQ(list.children[1].where, "t.yaml:5: list[1]");
  EXPECT_EQ(list.children[1].Find("y")->kind, Node::Kind::kNull);
  EXPECT_EQ(list.children[1].Find("z")->children[1].where, "t.yaml:5: list[1].z[1]");
  EXPECT_EQ(root.Find("folded")->text, "one two\n");
  EXPECT_EQ(root.Find("folded")->where, "t.yaml:6: folded");
}

TEST(YamlReaderTest, QuotesThatAreClosedAreFine) {
  const Node root = Parsed("a: 'it''s'\nb: \"a \\\"word\\\"\"\nc: ['é', \"'\", '\"']\n");
  EXPECT_EQ(root.Find("a")->text, "it's");
  EXPECT_EQ(root.Find("b")->text, "a \"word\"");
  EXPECT_EQ(root.Find("c")->children[2].text, "\"");
}

struct BadYaml {
  std::string yaml;
  const char* message;
};

TEST(YamlReaderTest, SurprisesAreRefusedWithTheirLine) {
  const BadYaml bad_yamls[] = {
      {"", "t.yaml: the file is empty"},
      {"# only a comment\n", "t.yaml: the file is empty"},
      {"a: 1\nb: 2\na: 3\n", "t.yaml:3: the key \"a\" stands twice, first at t.yaml:1: a"},
      {"a: {x: 1, x: 2}\n", "t.yaml:1: the key \"x\" stands twice, first at t.yaml:1: a.x"},
      {"a: &anchor 1\n", "t.yaml:1: anchors (&name) are not supported"},
      {"a: 1\nb: &m {x: 1}\n", "t.yaml:2: anchors (&name) are not supported"},
      {"a: &m [1]\nb: *m\n", "t.yaml:1: anchors (&name) are not supported"},
      {"a:\n  <<: {x: 1}\n", "t.yaml:2: merge keys (<<) are not supported"},
      {"a: !!str 1\n", "t.yaml:1: tags (!name) are not supported"},
      {"a: 1\nb: !thing {x: 1}\n", "t.yaml:2: tags (!name) are not supported"},
      {"a: 1\n---\nb: 2\n", "t.yaml:2: a second document begins here, expected only one"},
      {"[a]: 1\n", "t.yaml:1: a key is a list or a map, expected text"},
      {"a: 1\n? {b: 1}\n: 2\n", "t.yaml:2: a key is a list or a map, expected text"},
      {"~: 1\n", "t.yaml:1: a key is empty"},
      {"a: 1\n\tb: 2\n", "t.yaml:2: not valid YAML: "},
      {"a: [1, 2\n", "t.yaml:2: not valid YAML: "},
      {"a: 'x", "t.yaml:1: not valid YAML: "},
      {"a: 1\nb: 'x\n", "t.yaml:2: a quote is not closed"},
      {"a: \"x\\\"\nb: 1\n", "t.yaml:1: a quote is not closed"},
      {"a: 'it''s\n", "t.yaml:1: a quote is not closed"},
      {"a: 1\nb\nc: 2\n", "t.yaml:3: not valid YAML: "},
      {"a: *nothing\n", "t.yaml:1: not valid YAML: "},
      {"a: \xff\n", "t.yaml: not UTF-8"},
      {"a: 1\nb: x\x04y\nc: 2\n", "t.yaml:2: a control character, expected printable text"},
      {std::string("a: 1\n\0b: 2\n", 11), "t.yaml:2: a control character"},
  };
  for (const BadYaml& bad : bad_yamls) {
    SCOPED_TRACE(bad.yaml);
    const auto node = ParseYaml(bad.yaml, "t.yaml");
    ASSERT_FALSE(node.ok());
    EXPECT_EQ(node.status().code(), StatusCode::kBadData);
    EXPECT_THAT(node.status().message(), StartsWith(bad.message));
  }
}

TEST(YamlReaderTest, SizeDepthAndCountAreBounded) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + "1" + std::string(depth, ']');
  };
  EXPECT_TRUE(ParseYaml(nested(kMaxYamlDepth), "t.yaml").ok());
  EXPECT_THAT(ParseYaml(nested(kMaxYamlDepth + 1), "t.yaml").status().message(),
              HasSubstr("t.yaml:1: nested deeper than 16 levels"));
  EXPECT_FALSE(ParseYaml(nested(kMaxYamlBytes / 2 - 1), "t.yaml").ok());
  EXPECT_FALSE(ParseYaml(std::string(kMaxYamlBytes, '['), "t.yaml").ok());
  EXPECT_FALSE(ParseYaml(std::string(kMaxYamlBytes, '{'), "t.yaml").ok());

  std::string many;
  for (size_t i = 0; i < kMaxYamlNodes; ++i) many += "- 1\n";
  EXPECT_THAT(ParseYaml(many, "t.yaml").status().message(),
              HasSubstr("t.yaml:5000: more than 5000 values"));

  const std::string longest = "a: " + std::string(kMaxYamlBytes - 3, 'x');
  EXPECT_TRUE(ParseYaml(longest, "t.yaml").ok());
  EXPECT_THAT(ParseYaml(longest + "x", "t.yaml").status().message(),
              HasSubstr("longer than 1048576 bytes"));
}

}  // namespace
}  // namespace llmembed::recipe
