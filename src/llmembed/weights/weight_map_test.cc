#include "weights/weight_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace llmembed::weights {
namespace {

using tensor::DType;
using tensor::Shape;
using tensor::TensorView;
using testing::HasSubstr;
using testing::Not;

class FakeSource final : public WeightSource {
 public:
  explicit FakeSource(std::map<std::string, TensorView, std::less<>> tensors)
      : tensors_(std::move(tensors)) {
    for (const auto& [name, view] : tensors_) names_.push_back(name);
  }
  const std::vector<std::string>& Names() const override { return names_; }
  const TensorView* Find(std::string_view name) const override {
    const auto found = tensors_.find(name);
    return found == tensors_.end() ? nullptr : &found->second;
  }
  const std::string& path() const override { return path_; }

 private:
  std::string path_ = "fake";
  std::vector<std::string> names_;
  std::map<std::string, TensorView, std::less<>> tensors_;
};

class WeightMapTest : public testing::Test {
 protected:
  const FakeSource source_{{{"embeddings.position_ids", {DType::kI64, {0, 512}, {}}},
                            {"embeddings.weight", {DType::kBF16, {0, 4}, {}}},
                            {"pooler.bias", {DType::kF32, {0}, {}}},
                            {"pooler.weight", {DType::kF32, {0, 4}, {}}}}};
  WeightMap map_{source_};
};

TEST_F(WeightMapTest, GivesTensorsOfTheExpectedShape) {
  const auto view = map_.Take("embeddings.weight", {0, 4});
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->dtype, DType::kBF16);
}

TEST_F(WeightMapTest, MissingTensorIsAMismatch) {
  const auto view = map_.Take("encoder.weight", {768, 768});
  EXPECT_EQ(view.status().code(), StatusCode::kMismatch);
  EXPECT_EQ(view.status().message(),
            "fake: no tensor \"encoder.weight\", which the configuration asks for with shape "
            "[768, 768]");
}

TEST_F(WeightMapTest, WrongShapeIsAMismatch) {
  const auto view = map_.Take("embeddings.weight", {0, 5});
  EXPECT_EQ(view.status().code(), StatusCode::kMismatch);
  EXPECT_THAT(view.status().message(), HasSubstr("has shape [0, 4], the configuration asks for "
                                                 "[0, 5]"));
}

TEST_F(WeightMapTest, WrongDTypeIsUnsupported) {
  const auto view = map_.Take("embeddings.position_ids", {0, 512});
  EXPECT_EQ(view.status().code(), StatusCode::kUnsupported);
  EXPECT_THAT(view.status().message(), HasSubstr("is I64"));
}

TEST_F(WeightMapTest, OptionalTensors) {
  const auto absent = map_.TakeOptional("encoder.bias", {4});
  ASSERT_TRUE(absent.ok());
  EXPECT_FALSE(absent->has_value());
  const auto present = map_.TakeOptional("pooler.bias", {0});
  ASSERT_TRUE(present.ok());
  EXPECT_TRUE(present->has_value());
  // Optional is whether it is there, not what it looks like.
  EXPECT_EQ(map_.TakeOptional("pooler.weight", {1}).status().code(), StatusCode::kMismatch);
}

TEST_F(WeightMapTest, ASecondUseMustBeShared) {
  ASSERT_TRUE(map_.Take("pooler.bias", {0}).ok());
  EXPECT_EQ(map_.Take("pooler.bias", {0}).status().code(), StatusCode::kInternal);
  EXPECT_EQ(map_.Take("pooler.bias", {0}, Sharing::kShared).status().code(), StatusCode::kInternal);
  ASSERT_TRUE(map_.Take("embeddings.weight", {0, 4}, Sharing::kShared).ok());
  EXPECT_TRUE(map_.Take("embeddings.weight", {0, 4}, Sharing::kShared).ok());
  EXPECT_EQ(map_.Take("embeddings.weight", {0, 4}).status().code(), StatusCode::kInternal);
}

TEST_F(WeightMapTest, FinishListsWhatNobodyTook) {
  ASSERT_TRUE(map_.Take("embeddings.weight", {0, 4}).ok());
  const std::vector<std::string> positions = {"*.position_ids"};
  const Status refused = map_.Finish(positions);
  EXPECT_EQ(refused.code(), StatusCode::kMismatch);
  EXPECT_THAT(refused.message(), HasSubstr("2 tensors"));
  EXPECT_THAT(refused.message(), HasSubstr("\"pooler.bias\", \"pooler.weight\""));
  EXPECT_THAT(refused.message(), Not(HasSubstr("position_ids")));
  const std::vector<std::string> both = {"*.position_ids", "pooler.*"};
  EXPECT_TRUE(map_.Finish(both).ok());
}

TEST_F(WeightMapTest, ATensorThatCouldNotBeTakenIsNotTaken) {
  EXPECT_FALSE(map_.Take("pooler.bias", {7}).ok());
  const std::vector<std::string> others = {"embeddings.*", "pooler.weight"};
  EXPECT_THAT(map_.Finish(others).message(), HasSubstr("\"pooler.bias\""));
}

TEST(WeightMapFinishTest, LongListsAreCut) {
  std::map<std::string, TensorView, std::less<>> tensors;
  for (char name = 'a'; name <= 'k'; ++name) tensors[std::string(1, name)] = {};
  const FakeSource source(std::move(tensors));
  const Status refused = WeightMap(source).Finish({});
  EXPECT_THAT(refused.message(), HasSubstr("11 tensors"));
  EXPECT_THAT(refused.message(), HasSubstr("\"h\" and 3 more"));
}

TEST(MatchesPatternTest, StarsStandForAnything) {
  EXPECT_TRUE(MatchesPattern("a.b", "a.b"));
  EXPECT_FALSE(MatchesPattern("a.b", "a.bc"));
  EXPECT_FALSE(MatchesPattern("a.bc", "a.b"));
  EXPECT_TRUE(MatchesPattern("x.y.position_ids", "*.position_ids"));
  EXPECT_FALSE(MatchesPattern("position_ids", "*.position_ids"));
  EXPECT_TRUE(MatchesPattern("pooler.dense.weight", "pooler.*"));
  EXPECT_FALSE(MatchesPattern("my.pooler.dense", "pooler.*"));
  EXPECT_TRUE(MatchesPattern("a.1.b.2.c", "a.*.b.*"));
  EXPECT_TRUE(MatchesPattern("abcbc", "a*bc"));
  EXPECT_TRUE(MatchesPattern("", "*"));
  EXPECT_TRUE(MatchesPattern("", ""));
  EXPECT_FALSE(MatchesPattern("a", ""));
}

}  // namespace
}  // namespace llmembed::weights
