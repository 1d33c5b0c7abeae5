#include "lexical/lexical_tensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>

#include "lexical/test_problem.h"

namespace llmembed::lexical {
namespace {

using testing::HasSubstr;

TEST(LexicalTensorsTest, ReadsBackWhatItWroteInAnyOrder) {
  for (const uint32_t classes : {2U, 3U}) {
    const TestProblem problem = RandomProblem(80, classes);
    const auto model = LexicalModel::Train(problem.data(), {}, {});
    ASSERT_TRUE(model.ok());
    LexicalTensors tensors = ToTensors(*model);
    std::reverse(tensors.tensors.begin(), tensors.tensors.end());
    const auto read = LexicalModelFromTensors(tensors.tensors);
    ASSERT_TRUE(read.ok()) << read.status().message();
    EXPECT_EQ(read->terms(), model->terms());
    EXPECT_EQ(read->classes(), classes);
    EXPECT_EQ(*read->Logits(problem.texts, {}), *model->Logits(problem.texts, {}));
    const LexicalTensors again = ToTensors(*read);
    EXPECT_EQ(again.terms, LexicalTensors(ToTensors(*model)).terms);
  }
}

// Tensors of two terms and two classes, to be spoilt.
struct Parts {
  std::string terms = "good\ngood good\n";
  std::vector<float> idf = {1, 2};
  std::vector<float> weight = {3, 4};
  std::vector<float> bias = {5};
  std::vector<NamedTensor> tensors;

  Result<LexicalModel> Read(const std::function<void(Parts*)>& spoil) {
    spoil(this);
    const auto size = [](const auto& values) { return static_cast<int64_t>(values.size()); };
    std::vector<NamedTensor> all = {
        {"lexical.terms", {tensor::DType::kU8, {size(terms)}, std::as_bytes(std::span(terms))}},
        {"lexical.idf", tensor::ViewOf(idf, {size(idf)})},
        {"lexical.weight", tensor::ViewOf(weight, {size(weight), 1})},
        {"lexical.bias", tensor::ViewOf(bias, {size(bias)})}};
    for (const NamedTensor& other : tensors) {
      for (NamedTensor& tensor : all) {
        if (tensor.name == other.name) tensor = other;
      }
    }
    return LexicalModelFromTensors(all);
  }
};

void ExpectCorrupt(const std::string& name, const std::string& what,
                   const std::function<void(Parts*)>& spoil) {
  Parts parts;
  const auto read = parts.Read(spoil);
  EXPECT_EQ(read.status().code(), StatusCode::kCorrupt) << what;
  EXPECT_THAT(read.status().message(), HasSubstr(name));
  EXPECT_THAT(read.status().message(), HasSubstr(what));
}

TEST(LexicalTensorsTest, RefusesTermsThatAreNone) {
  Parts good;
  const auto read = good.Read([](Parts*) {});
  ASSERT_TRUE(read.ok()) << read.status().message();
  const auto terms = [](std::string text) { return [text](Parts* p) { p->terms = text; }; };
  ExpectCorrupt("lexical.terms", "last line", terms("good\nbad"));
  ExpectCorrupt("lexical.terms", "UTF-8", terms("good\n\xff\n"));
  ExpectCorrupt("lexical.terms", "repeated", terms("good\ngood\n"));
  ExpectCorrupt("lexical.terms", "repeated", terms("good\ngood good\ngood good\n"));
  ExpectCorrupt("lexical.terms", "empty word", terms("good\n\n"));
  ExpectCorrupt("lexical.terms", "empty word", terms("good\ngood \n"));
  ExpectCorrupt("lexical.terms", "no term before it", terms("good film\ngood\n"));
  ExpectCorrupt("lexical.terms", "no term before it", terms("good\ngood film\n"));
  ExpectCorrupt("lexical.terms", "begins with", terms("good\nbad\ngood bad good\n"));
  std::string chain = "a";
  std::string line = "a";
  for (int i = 0; i < 9; ++i) chain += "\n" + (line += " a");
  ExpectCorrupt("lexical.terms", "too many words", terms(chain + "\n"));
  ExpectCorrupt("lexical.terms", "positive extents", terms(""));
}

TEST(LexicalTensorsTest, RefusesSizesThatDoNotFit) {
  ExpectCorrupt("lexical.idf", "for 2 terms", [](Parts* p) { p->idf.push_back(1); });
  ExpectCorrupt("lexical.weight", "for 2 terms", [](Parts* p) { p->weight.push_back(1); });
  ExpectCorrupt("lexical.bias", "beside weights", [](Parts* p) { p->bias.push_back(1); });
  ExpectCorrupt("lexical.weight", "one output", [](Parts* p) {
    p->weight = {1, 2, 3, 4};
    p->bias = {1, 2};
    p->tensors = {{"lexical.weight", tensor::ViewOf(p->weight, {2, 2})}};
  });
  ExpectCorrupt("lexical.idf", "expected F32", [](Parts* p) {
    p->tensors = {{"lexical.idf", {tensor::DType::kI32, {2}, std::as_bytes(std::span(p->idf))}}};
  });
  ExpectCorrupt("lexical.weight", "match them", [](Parts* p) {
    p->tensors = {{"lexical.weight", tensor::ViewOf(p->weight, {int64_t{1} << 31, 1 << 30})}};
  });
  ExpectCorrupt("lexical.weight", "2 positive", [](Parts* p) {
    p->tensors = {{"lexical.weight", tensor::ViewOf(p->weight, {2})}};
  });
}

TEST(LexicalTensorsTest, RefusesValuesThatAreNone) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  ExpectCorrupt("lexical.weight", "not finite", [](Parts* p) { p->weight[1] = kInfinity; });
  ExpectCorrupt("lexical.bias", "not finite", [](Parts* p) { p->bias[0] = kInfinity; });
  ExpectCorrupt("lexical.idf", "not positive", [](Parts* p) { p->idf[0] = 0; });
}

TEST(LexicalTensorsTest, RefusesOtherTensors) {
  const auto none = LexicalModelFromTensors({});
  EXPECT_EQ(none.status().code(), StatusCode::kCorrupt);
  EXPECT_THAT(none.status().message(), HasSubstr("missing"));
  const std::vector<NamedTensor> unknown = {{"lexical.other", {}}};
  EXPECT_THAT(LexicalModelFromTensors(unknown).status().message(), HasSubstr("unknown"));
}

}  // namespace
}  // namespace llmembed::lexical
