#include "recipe/recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file_io.h"
#include "recipe/builtin.h"
#include "recipe/reference.h"
#include "support/temporary_folder.h"

namespace llmembed::recipe {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Recipe Parsed(const std::string& yaml) {
  auto recipe = ParseRecipe(yaml, "t.yaml");
  EXPECT_TRUE(recipe.ok()) << recipe.status().message();
  return *std::move(recipe);
}

// A recipe with one line exchanged ("" removes it). Lines count from 1.
std::string With(size_t line, const std::string& replacement) {
  const std::vector<std::string> lines = {
      "version: 1",                                // 1
      "name: two",                                 // 2
      "backbones:",                                // 3
      "  - name: small",                           // 4
      "    model: minilm",                         // 5
      "    max_tokens: 128",                       // 6
      "  - name: large",                           // 7
      "    model: /models/x",                      // 8
      "    dtype: bf16",                           // 9
      "fusion: cat(small/-1:mean, large/-1:cls)",  // 10
      "head:",                                     // 11
      "  kind: mlp",                               // 12
      "  hidden_sizes: [8, 4]",                    // 13
      "  dropout: 0.25",                           // 14
  };
  std::string yaml;
  for (size_t i = 0; i < lines.size(); ++i) {
    yaml += (i + 1 == line ? replacement : lines[i]) + "\n";
  }
  return yaml;
}

TEST(RecipeTest, ReadsEverySection) {
  const Recipe recipe = Parsed(With(0, ""));
  EXPECT_EQ(recipe.name, "two");
  ASSERT_EQ(recipe.backbones.size(), 2U);
  EXPECT_EQ(recipe.backbones[0].name, "small");
  EXPECT_EQ(recipe.backbones[0].max_tokens, 128U);
  EXPECT_EQ(recipe.backbones[0].compute_type, ComputeType::kAuto);
  EXPECT_EQ(recipe.backbones[1].model, "/models/x");
  EXPECT_EQ(recipe.backbones[1].max_tokens, 256U);
  EXPECT_EQ(recipe.backbones[1].compute_type, ComputeType::kBf16);
  EXPECT_EQ(recipe.fusion, "cat(small/-1:mean, large/-1:cls)");
  EXPECT_EQ(recipe.head.kind, head::HeadKind::kMlp);
  EXPECT_THAT(recipe.head.mlp.hidden_sizes, ElementsAre(8, 4));
  EXPECT_EQ(recipe.head.mlp.dropout, 0.25);
  EXPECT_EQ(recipe.head.mlp.batch_size, head::MlpConfig{}.batch_size);
}

TEST(RecipeTest, TheBuiltInFast) {
  const auto recipe = LoadRecipe("fast");
  ASSERT_TRUE(recipe.ok()) << recipe.status().message();
  EXPECT_EQ(recipe->name, "fast");
  ASSERT_EQ(recipe->backbones.size(), 1U);
  EXPECT_EQ(recipe->backbones[0].model, "minilm");
  EXPECT_EQ(recipe->backbones[0].max_tokens, 256U);
  EXPECT_EQ(recipe->fusion, "minilm/-1:mean");
  EXPECT_EQ(recipe->head.kind, head::HeadKind::kLogisticRegression);
}

TEST(RecipeTest, EveryBuiltInIsItsNameAndValid) {
  for (const std::string& name : BuiltinNames()) {
    const auto recipe = LoadRecipe(name);
    ASSERT_TRUE(recipe.ok()) << recipe.status().message();
    EXPECT_EQ(recipe->name, name);
  }
}

TEST(RecipeTest, TheHashIsOfTheMeaning) {
  const std::string fast(FindBuiltin("fast")->yaml);
  const Recipe recipe = Parsed(fast);
  // Other spellings: the default backbone, quotes, defaults left out, another order of keys.
  const Recipe same = Parsed(
      "name: \"fast\"\nversion: 1\nfusion: ' -1:mean '\n"
      "backbones: [{model: minilm, name: minilm}]\n");
  EXPECT_EQ(CanonicalJson(recipe), CanonicalJson(same));
  EXPECT_EQ(RecipeHash(recipe), RecipeHash(same));
  EXPECT_EQ(RecipeHash(recipe).size(), 64U);

  Recipe other = recipe;
  other.backbones[0].max_tokens = 255;
  EXPECT_NE(RecipeHash(recipe), RecipeHash(other));
}

// Bundles and caches hold this hash: a change of it is a change of the format.
TEST(RecipeTest, TheCanonicalJsonOfFastStays) {
  EXPECT_EQ(CanonicalJson(*LoadRecipe("fast")),
            R"({"backbones":[{"dtype":"auto","max_tokens":256,"model":"minilm","name":"minilm",)"
            R"("on_long_text":"head","special_tokens":"parse"}],"fusion":"minilm/-1:mean",)"
            R"("head":{"c_values":[0.0001,0.0003,0.001,0.003,0.01,0.03,)"
            R"(0.1,0.3,1.0,3.0,10.0,30.0,100.0],"class_weighting":"none",)"
            R"("gradient_tolerance":0.0001,"held_out_share":0.15,"kind":"logistic_regression",)"
            R"("max_iterations":1000},)"
            R"("name":"fast","version":1})");
}

TEST(RecipeTest, JsonGoesThereAndBack) {
  for (const std::string& yaml : {With(0, ""), std::string(FindBuiltin("fast")->yaml)}) {
    const Recipe recipe = Parsed(yaml);
    const auto back = FromJson(ToJson(recipe), "b.json");
    ASSERT_TRUE(back.ok()) << back.status().message();
    EXPECT_EQ(CanonicalJson(*back), CanonicalJson(recipe));
    // The canonical JSON is itself a recipe file.
    EXPECT_EQ(CanonicalJson(Parsed(CanonicalJson(recipe))), CanonicalJson(recipe));
  }
}

struct BadLine {
  size_t line;
  const char* replacement;
  const char* message;  // its beginning
};

constexpr BadLine kBadLines[] = {
    {1, "", "t.yaml:2: the key \"version\" is missing"},
    {1, "version: 0", "t.yaml:1: version: expected 1"},
    {1, "version: 01", "t.yaml:1: version: expected an integer"},
    {1, "version: '1'", "t.yaml:1: version: expected an integer"},
    {2, "", "t.yaml:1: the key \"name\" is missing"},
    {2, "name: a b", "t.yaml:2: name: expected a name: a letter"},
    {2, "name: [a]", "t.yaml:2: name: expected text, found a list"},
    {2, "nam: two", "t.yaml:2: nam: unknown key, did you mean \"name\"?"},
    {2, "name: two\nname: three", "t.yaml:3: the key \"name\" stands twice"},
    {2, "name: two\ncolour: 1",
     "t.yaml:3: colour: unknown key, expected one of version, name, backbones, fusion, head"},
    {4, "  - name: 1st", "t.yaml:4: backbones[0].name: expected a name"},
    {4, "  - max_tokens: 3\n    name: x",
     "t.yaml:7: the key \"max_tokens\" stands twice, first at t.yaml:4: backbones[0].max_tokens"},
    {5, "", "t.yaml:4: backbones[0]: the key \"model\" is missing"},
    {5, "    model: ''", "t.yaml:5: backbones[0].model: expected a model's name"},
    {5, "    modle: minilm", "t.yaml:5: backbones[0].modle: unknown key, did you mean \"model\"?"},
    {6, "    max_tokens: 1", "t.yaml:6: backbones[0].max_tokens: expected 2 to 1048576"},
    {6, "    on_long_text: tail",
     "t.yaml:6: backbones[0].on_long_text: expected head, head_tail, chunk_mean or error, found "},
    {6, "    special_tokens: no",
     "t.yaml:6: backbones[0].special_tokens: expected parse or plain, found no"},
    {6, "    max_tokens: 010", "t.yaml:6: backbones[0].max_tokens: expected an integer"},
    {6, "    max_tokens: many", "t.yaml:6: backbones[0].max_tokens: expected an integer"},
    {7, "  - name: small", "t.yaml:7: backbones[1]: the backbone's name \"small\" stands twice"},
    {9, "    dtype: f16",
     "t.yaml:9: backbones[1].dtype: expected auto, f32, bf16, int8 or fp8, found f16"},
    {10, "", "t.yaml:1: the key \"fusion\" is missing"},
    {10, "fusion: cat(small/-1:mean large/-1:cls)",
     "t.yaml:10: fusion: fusion expression, column 19: expected ',' or ')'"},
    {10, "fusion: cat(small/-1:mean, larg/-1:cls)",
     "t.yaml:10: fusion: tap \"larg/-1:cls\" names an unknown backbone, did you mean \"large\"?"},
    {10, "fusion: cat(small/-1:mean, bert/-1:cls)",
     "t.yaml:10: fusion: tap \"bert/-1:cls\" names an unknown backbone, expected one of small, "
     "large"},
    {10, "fusion: cat(small/-1:mean, -1:cls)",
     "t.yaml:10: fusion: tap \"-1:cls\" names no backbone, expected one of small, large"},
    {10, "fusion: large/-1:cls", "t.yaml:10: fusion: no tap uses the backbone \"small\""},
    {11, "head: mlp\nhide:", "t.yaml:12: hide: unknown key"},
    {12, "  kind: svm", "t.yaml:12: head.kind: expected logistic_regression or mlp, found svm"},
    {12, "  kind: logistic_regression", "t.yaml:13: head.hidden_sizes: unknown key, expected one"},
    {13, "  hidden_sizes: [8, 0]", "t.yaml:13: head.hidden_sizes: head: a hidden size is 0"},
    {13, "  hidden_sizes: [8, -4]", "t.yaml:13: head.hidden_sizes[1]: expected an integer"},
    {13, "  hidden_sizes: 8", "t.yaml:13: head.hidden_sizes: expected a list of integers"},
    {14, "  dropout: 1", "t.yaml:14: head.dropout: head: dropout is 1"},
    {14, "  dropout: .nan", "t.yaml:14: head.dropout: expected a number"},
    {14, "  dropuot: 0.5", "t.yaml:14: head.dropuot: unknown key, did you mean \"dropout\"?"},
    {14, "  class_weighting: yes", "t.yaml:14: head.class_weighting: expected none or balanced"},
};

TEST(RecipeTest, EveryFaultIsNamedWithItsLine) {
  for (const BadLine& bad : kBadLines) {
    SCOPED_TRACE(bad.replacement);
    const auto recipe = ParseRecipe(With(bad.line, bad.replacement), "t.yaml");
    ASSERT_FALSE(recipe.ok());
    EXPECT_EQ(recipe.status().code(), StatusCode::kBadData);
    EXPECT_THAT(recipe.status().message(), StartsWith(bad.message));
  }
}

TEST(RecipeTest, SectionsOfTheWrongKind) {
  const auto message = [](const std::string& yaml) {
    return ParseRecipe(yaml, "t.yaml").status().message();
  };
  EXPECT_THAT(message("- 1\n"), StartsWith("t.yaml:1: expected a map"));
  EXPECT_THAT(message("text\n"), StartsWith("t.yaml:1: expected a map"));
  EXPECT_THAT(message("version: 1\nname: a\nbackbones: []\nfusion: -1:mean\n"),
              StartsWith("t.yaml:3: backbones: expected a list of 1 to 16 backbones"));
  EXPECT_THAT(message("version: 1\nname: a\nbackbones: {name: b}\nfusion: -1:mean\n"),
              StartsWith("t.yaml:3: backbones: expected a list"));
  EXPECT_THAT(message("version: 1\nname: a\nbackbones: [minilm]\nfusion: -1:mean\n"),
              StartsWith("t.yaml:3: backbones[0]: expected a map"));
  EXPECT_THAT(message("version: 1\nname: a\nbackbones: [{name: b, model: c}]\nfusion: -1:mean\n"
                      "head: mlp\n"),
              StartsWith("t.yaml:5: head: expected a map"));
}

TEST(RecipeTest, ANewerVersionIsSaidBeforeItsUnknownKeys) {
  const auto recipe = ParseRecipe("version: 2\nservers: []\n", "t.yaml");
  EXPECT_EQ(recipe.status().code(), StatusCode::kMismatch);
  EXPECT_THAT(recipe.status().message(),
              StartsWith("t.yaml:1: version: a recipe of version 2 needs a newer llmembed"));
}

TEST(RecipeTest, MeanAllNeedsItsLengthGiven) {
  EXPECT_EQ(Parsed(With(10, "fusion: cat(small/-1:mean_all, large/-1.raw:cls)")).fusion,
            "cat(small/-1:mean_all, large/-1.raw:cls)");
  const auto recipe =
      ParseRecipe(With(10, "fusion: cat(small/-1:cls, large/2:mean_all)"), "t.yaml");
  EXPECT_EQ(recipe.status().code(), StatusCode::kBadData);
  EXPECT_THAT(recipe.status().message(),
              StartsWith("t.yaml:7: backbones[1]: the tap large/2:mean_all averages over padding"));
  // A bundle holds the recipe with all defaults filled in.
  const Recipe filled = Parsed(With(10, "fusion: cat(small/-1:mean_all, large/-1:cls)"));
  EXPECT_TRUE(FromJson(ToJson(filled), "b.json").ok());
}

TEST(LoadRecipeTest, EveryBuiltinIsGoodAndCalledByItsName) {
  for (const BuiltinRecipe& builtin : Builtins()) {
    const auto recipe = LoadRecipe(std::string(builtin.name));
    ASSERT_TRUE(recipe.ok()) << recipe.status().message();
    EXPECT_EQ(recipe->name, builtin.name);
  }
}

TEST(LoadRecipeTest, YamlGoesThereAndBack) {
  for (const BuiltinRecipe& builtin : Builtins()) {
    const auto recipe = LoadRecipe(std::string(builtin.name));
    ASSERT_TRUE(recipe.ok());
    const auto again = ParseRecipe(ToYaml(*recipe), "again");
    ASSERT_TRUE(again.ok()) << again.status().message();
    EXPECT_EQ(CanonicalJson(*again), CanonicalJson(*recipe));
  }
}

TEST(LoadRecipeTest, AFusionMayBeNamed) {
  const std::string text = R"(version: 1
name: two
backbones:
  - {name: L, model: l}
  - {name: B, model: b}
fusion: paper-5
)";
  const auto recipe = ParseRecipe(text, "r");
  ASSERT_TRUE(recipe.ok()) << recipe.status().message();
  EXPECT_EQ(recipe->fusion,
            "cat(avg(L/-1:mean, L/-2:mean, L/-3:mean, L/-4:mean, L/-5:mean), B/-1:pooler)");
}

TEST(LoadRecipeTest, ATrainedFusionNeedsAnMlp) {
  const std::string text = R"(version: 1
name: two
backbones:
  - {name: L, model: l}
fusion: co(L/1:mean, L/2:mean)
)";
  EXPECT_THAT(ParseRecipe(text, "r").status().message(), HasSubstr("kind mlp"));
  EXPECT_TRUE(ParseRecipe(text + "head: {kind: mlp}\n", "r").ok());
}

TEST(LoadRecipeTest, FilesByPath) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "fast";
  ASSERT_TRUE(base::WriteFileAtomically(path, With(0, "")).ok());
  EXPECT_EQ(LoadRecipe(path)->name, "two");

  ASSERT_TRUE(base::WriteFileAtomically(path, With(9, "    dtype: 3")).ok());
  EXPECT_THAT(LoadRecipe(path).status().message(), StartsWith(path + ":9: backbones[1].dtype"));
  EXPECT_EQ(LoadRecipe(folder.path()).status().code(), StatusCode::kIo);
}

TEST(LoadRecipeTest, WhatIsNotThere) {
  const Status name = LoadRecipe("fats").status();
  EXPECT_EQ(name.code(), StatusCode::kUsage);
  EXPECT_EQ(name.message(),
            "no recipe \"fats\": did you mean \"fast\"? Built in: fast, lite, full, paper; or give "
            "a YAML file");
  EXPECT_EQ(LoadRecipe("").status().code(), StatusCode::kUsage);
  EXPECT_EQ(LoadRecipe("no/such").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(LoadRecipe("no_such.yaml").status().code(), StatusCode::kNotFound);
}

TEST(RecipeReferenceTest, TheDocumentHoldsIt) {
  const auto page = base::ReadSmallFile(LLMEMBED_SOURCE_DIR "/docs/formats/recipe.md", 1 << 20);
  ASSERT_TRUE(page.ok()) << page.status().message();
  EXPECT_THAT(*page, HasSubstr(RecipeReference()));
}

}  // namespace
}  // namespace llmembed::recipe
