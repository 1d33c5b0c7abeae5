#include "head/head_tensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>

namespace llmembed::head {
namespace {

using testing::HasSubstr;

Head SomeHead() {
  return Head{{{2, 3, {1, 2, 3, 4, 5, 6}, {7, 8, 9}}, {3, 2, {1, 2, 3, 4, 5, 6}, {7, 8}}}};
}

TEST(HeadTensorsTest, NamesAndShapesEachMatrix) {
  const Head head = SomeHead();
  const auto tensors = HeadTensors(head);
  ASSERT_EQ(tensors.size(), 4U);
  EXPECT_EQ(tensors[0].name, "head.0.weight");
  EXPECT_EQ(tensors[0].shape, (std::vector<uint64_t>{3, 2}));
  EXPECT_EQ(tensors[1].name, "head.0.bias");
  EXPECT_EQ(tensors[1].shape, (std::vector<uint64_t>{3}));
  EXPECT_EQ(tensors[3].name, "head.1.bias");
}

TEST(HeadTensorsTest, ReadsBackWhatItWroteInAnyOrder) {
  const Head head = SomeHead();
  auto tensors = HeadTensors(head);
  std::reverse(tensors.begin(), tensors.end());
  const auto read = HeadFromTensors(tensors);
  ASSERT_TRUE(read.ok()) << read.status().message();
  ASSERT_EQ(read->layers.size(), 2U);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(read->layers[i].inputs, head.layers[i].inputs);
    EXPECT_EQ(read->layers[i].outputs, head.layers[i].outputs);
    EXPECT_EQ(read->layers[i].weight, head.layers[i].weight);
    EXPECT_EQ(read->layers[i].bias, head.layers[i].bias);
  }
}

TEST(HeadTensorsTest, RefusesDamagedLists) {
  using Tensors = std::vector<NamedTensor>;
  struct Damage {
    const char* named;
    std::function<void(Tensors*)> spoil;
  };
  const std::vector<float> infinite(6, std::numeric_limits<float>::infinity());
  const std::vector<Damage> cases = {
      {"head.0.weight", [](Tensors* t) { t->clear(); }},
      {"head.1.bias", [](Tensors* t) { t->pop_back(); }},
      {"head.0.weight", [](Tensors* t) { t->erase(t->begin()); }},
      {"head.7.weight", [](Tensors* t) { (*t)[0].name = "head.7.weight"; }},
      {"head.0.bias", [](Tensors* t) { (*t)[3].name = "head.0.bias"; }},
      {"[3, 3] with 6 values",
       [](Tensors* t) {
         (*t)[0].shape = {3, 3};
       }},
      {"[6] with 6 values", [](Tensors* t) { (*t)[0].shape = {6}; }},
      {"[0, 2]",
       [](Tensors* t) {
         (*t)[0].shape = {0, 2};
       }},
      {"head.0.weight",
       [](Tensors* t) {
         (*t)[0].shape = {1ULL << 40U, 1ULL << 40U};
       }},
      {"head.0.weight",
       [](Tensors* t) {
         (*t)[0].shape = {1ULL << 63U, 2, 3};
       }},
      {"head.0.bias",
       [](Tensors* t) {
         (*t)[0].shape = {2, 3};
       }},
      {"takes 2 values, but the layer before gives 3",
       [](Tensors* t) {
         (*t)[2].shape = {3, 2};
         (*t)[3].values = (*t)[1].values;
         (*t)[3].shape = {3};
       }},
      {"not finite", [&](Tensors* t) { (*t)[2].values = infinite; }},
      {"at most 128", [](Tensors* t) { t->resize(200, t->front()); }},
  };
  const Head head = SomeHead();
  for (const Damage& damage : cases) {
    Tensors tensors = HeadTensors(head);
    damage.spoil(&tensors);
    const auto read = HeadFromTensors(tensors);
    ASSERT_FALSE(read.ok()) << damage.named;
    EXPECT_EQ(read.status().code(), StatusCode::kCorrupt);
    EXPECT_THAT(read.status().message(), HasSubstr(damage.named));
  }
}

// A fusion of two taps in front of one layer.
struct FusedHead {
  FusedHead() : expression(*fusion::Expression::Parse("co(a/0:mean, b/0:mean, slope=learned)")) {
    const std::vector<size_t> widths = {3, 2};
    FusionStage stage{.network = *fusion::Network::Create(expression, widths)};
    for (size_t i = 0; i < stage.network.parameter_count(); ++i) {
      stage.parameters.push_back(0.1F * static_cast<float>(i));
    }
    stage.mean = {1, 2, 3, 4, 5};
    stage.scale = {6, 7, 8, 9, 10};
    head.layers = {{4, 2, {1, 2, 3, 4, 5, 6, 7, 8}, {9, 10}}};
    head.fusion = std::move(stage);
  }

  fusion::Expression expression;
  Head head;
};

TEST(HeadTensorsTest, AFusionGoesThereAndBack) {
  const FusedHead fused;
  std::vector<NamedTensor> tensors = HeadTensors(fused.head);
  std::reverse(tensors.begin(), tensors.end());
  const auto again = HeadFromTensors(tensors, &fused.expression);
  ASSERT_TRUE(again.ok()) << again.status().message();
  ASSERT_TRUE(again->fusion.has_value());
  EXPECT_EQ(again->fusion->parameters, fused.head.fusion->parameters);
  EXPECT_EQ(again->fusion->mean, fused.head.fusion->mean);
  EXPECT_EQ(again->fusion->scale, fused.head.fusion->scale);
  const std::vector<float> row = {1, 0, 1, 0, 1};
  EXPECT_EQ(*again->Logits(row), *fused.head.Logits(row));
}

TEST(HeadTensorsTest, WhatDoesNotFitAFusionIsRefused) {
  const FusedHead fused;
  const std::vector<NamedTensor> good = HeadTensors(fused.head);
  for (size_t i = 0; i < good.size(); ++i) {
    std::vector<NamedTensor> missing = good;
    missing.erase(missing.begin() + static_cast<int64_t>(i));
    EXPECT_EQ(HeadFromTensors(missing, &fused.expression).status().code(), StatusCode::kCorrupt)
        << good[i].name;
    std::vector<NamedTensor> twice = good;
    twice.push_back(good[i]);
    EXPECT_EQ(HeadFromTensors(twice, &fused.expression).status().code(), StatusCode::kCorrupt)
        << good[i].name;
  }
  // The first tap one value narrower: everything behind it has another shape.
  std::vector<NamedTensor> narrower = good;
  for (NamedTensor& tensor : narrower) {
    if (!tensor.name.starts_with("fusion.tap.0.")) continue;
    tensor.shape = {2};
    tensor.values = tensor.values.first(2);
  }
  EXPECT_EQ(HeadFromTensors(narrower, &fused.expression).status().code(), StatusCode::kCorrupt);
  // Without an expression nothing of a fusion is known.
  EXPECT_EQ(HeadFromTensors(good).status().code(), StatusCode::kCorrupt);
}

}  // namespace
}  // namespace llmembed::head
