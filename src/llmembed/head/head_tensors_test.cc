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

}  // namespace
}  // namespace llmembed::head
