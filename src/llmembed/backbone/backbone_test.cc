// The whole stack against transformers, on every backend of this CPU.
#include "backbone/backbone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "base/cpu.h"
#include "nn/packed_cache.h"
#include "support/temporary_folder.h"
#include "support/tiny_bert.h"

namespace llmembed::backbone {
namespace {

using compute::Backend;
using compute::MathType;
using test::ExpectedText;
using testing::HasSubstr;

struct Difference {
  double largest = 0.0;        // |a - b|
  double largest_angle = 0.0;  // 1 - cosine, of one token's states
};

void Compare(const float* actual, const float* expected, size_t width, Difference* difference) {
  double dot = 0.0;
  double actual_norm = 0.0;
  double expected_norm = 0.0;
  for (size_t i = 0; i < width; ++i) {
    const double a = actual[i];
    const double b = expected[i];
    difference->largest = std::max(difference->largest, std::abs(a - b));
    dot += a * b;
    actual_norm += a * a;
    expected_norm += b * b;
  }
  difference->largest_angle =
      std::max(difference->largest_angle, 1.0 - dot / std::sqrt(actual_norm * expected_norm));
}

// Every hidden state of every token, all texts in one batch.
Difference CompareStates(const Backend& backend, const std::vector<ExpectedText>& texts) {
  Difference difference;
  const auto backbone =
      Backbone::Load(test::TinyBertFolder(), {.deepest_layer = texts.front().layers}, backend);
  EXPECT_TRUE(backbone.ok()) << backbone.status().message();
  if (!backbone.ok()) return difference;
  TokenBatch batch;
  for (const ExpectedText& text : texts) batch.Add(text.ids, (*backbone)->config());
  auto session = (*backbone)->NewSession(batch.tokens());
  EXPECT_TRUE(session.ok());
  size_t layers_seen = 0;
  const Status status =
      session->Run(batch, [&](const StatePoint& point, const compute::Matrix& state) {
        const size_t layer = point.layer;
        EXPECT_EQ(layer, layers_seen++);
        const float* token_state = state.f32();
        for (const ExpectedText& text : texts) {
          for (size_t token = 0; token < text.ids.size(); ++token, token_state += text.width) {
            Compare(token_state, text.State(layer, token), text.width, &difference);
          }
        }
        return Status();
      });
  EXPECT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(layers_seen, texts.front().layers + 1);
  return difference;
}

TEST(BackboneTest, ReferenceBackendGivesTheStatesOfTransformers) {
  const auto texts = test::ExpectedTexts();
  ASSERT_FALSE(texts.empty());
  const auto backend = compute::MakeReferenceBackend(MathType::kF32);
  EXPECT_LT(CompareStates(*backend, texts).largest, 1e-4);
}

TEST(BackboneTest, CpuBackendGivesTheStatesOfTransformersInF32) {
  const auto backend = compute::MakeCpuBackend(MathType::kF32);
  ASSERT_TRUE(backend.ok());
  EXPECT_LT(CompareStates(**backend, test::ExpectedTexts()).largest, 1e-4);
}

TEST(BackboneTest, CpuBackendGivesTheStatesOfTransformersInBf16) {
  if (!base::Cpu().avx512_bf16) GTEST_SKIP() << "skipped: this CPU does not multiply bf16";
  const auto backend = compute::MakeCpuBackend(MathType::kBF16);
  ASSERT_TRUE(backend.ok());
  const Difference difference = CompareStates(**backend, test::ExpectedTexts());
  // A single token in a model of large random weights; docs/numerics.md has those of a trained one.
  EXPECT_LT(difference.largest_angle, 5e-3);
  EXPECT_GT(difference.largest, 0.0) << "products were not of bf16";
}

// The last state of each text when the texts `batch` run together.
std::vector<std::vector<float>> RunTogether(const Backbone& backbone,
                                            const std::vector<const ExpectedText*>& texts) {
  TokenBatch batch;
  for (const ExpectedText* text : texts) batch.Add(text->ids, backbone.config());
  auto session = backbone.NewSession(batch.tokens());
  std::vector<std::vector<float>> states(texts.size());
  const Status status =
      session->Run(batch, [&](const StatePoint& point, const compute::Matrix& state) {
        for (size_t i = 0; point.layer == texts.front()->layers && i < texts.size(); ++i) {
          const float* begin = state.f32() + static_cast<size_t>(batch.starts[i]) * state.columns;
          states[i].assign(begin, begin + texts[i]->ids.size() * state.columns);
        }
        return Status();
      });
  EXPECT_TRUE(status.ok()) << status.message();
  return states;
}

TEST(BackboneTest, MappedWeightsGiveTheSameStates) {
  for (const MathType type : {MathType::kF32, MathType::kBF16, MathType::kInt8}) {
    const auto backend = compute::MakeCpuBackend(type);
    if (!backend.ok()) continue;  // no bf16 here
    const test::TemporaryFolder folder;
    std::vector<std::vector<std::vector<float>>> states;
    for (int start = 0; start < 2; ++start) {
      const auto packed =
          nn::PackedCache::Open({.root = folder / "packed", .model = "tiny"}, **backend);
      const auto texts = test::ExpectedTexts();
      const auto backbone = Backbone::Load(
          test::TinyBertFolder(), {.deepest_layer = texts.front().layers, .packed = packed.get()},
          **backend);
      ASSERT_TRUE(backbone.ok()) << backbone.status().message();
      ASSERT_TRUE(packed->Commit().ok());
      states.push_back(RunTogether(**backbone, {&texts.front()}));
    }
    EXPECT_EQ(states[0], states[1]);
  }
}

TEST(BackboneTest, TextHasTheSameStatesAloneAndInAnyBatch) {
  const auto texts = test::ExpectedTexts();
  ASSERT_FALSE(texts.empty());
  for (const MathType type : {MathType::kF32, MathType::kBF16}) {
    const auto backend = compute::MakeCpuBackend(type);
    if (!backend.ok()) continue;  // no bf16 here
    const auto backbone =
        Backbone::Load(test::TinyBertFolder(), {.deepest_layer = texts.front().layers}, **backend);
    std::vector<const ExpectedText*> forwards;
    std::vector<const ExpectedText*> backwards;
    for (const ExpectedText& text : texts) {
      forwards.push_back(&text);
      backwards.insert(backwards.begin(), &text);
    }
    const auto one_way = RunTogether(**backbone, forwards);
    const auto other_way = RunTogether(**backbone, backwards);
    for (size_t i = 0; i < texts.size(); ++i) {
      const auto alone = RunTogether(**backbone, {&texts[i]}).front();
      for (size_t k = 0; k < alone.size(); ++k) {
        ASSERT_EQ(one_way[i][k], alone[k]) << "text " << i;
        ASSERT_EQ(other_way[texts.size() - 1 - i][k], alone[k]) << "text " << i;
      }
    }
  }
}

TEST(BackboneTest, StopsAfterTheDeepestLayerAskedFor) {
  const auto backend = compute::MakeReferenceBackend(MathType::kF32);
  const auto backbone = Backbone::Load(test::TinyBertFolder(), {.deepest_layer = 1}, *backend);
  ASSERT_TRUE(backbone.ok()) << backbone.status().message();
  TokenBatch batch;
  batch.Add(std::vector<int32_t>{2, 5, 3}, (*backbone)->config());
  auto session = (*backbone)->NewSession(8);
  std::vector<size_t> layers;
  ASSERT_TRUE(session
                  ->Run(batch,
                        [&](const StatePoint& point, const compute::Matrix&) {
                          layers.push_back(point.layer);
                          return Status();
                        })
                  .ok());
  EXPECT_THAT(layers, testing::ElementsAre(0, 1));
}

TEST(BackboneTest, RefusesWhatIsBeyondItsTables) {
  const auto backend = compute::MakeReferenceBackend(MathType::kF32);
  EXPECT_EQ(Backbone::Load(test::TinyBertFolder(), {.deepest_layer = 4}, *backend).status().code(),
            StatusCode::kUsage);
  const auto backbone = Backbone::Load(test::TinyBertFolder(), {.deepest_layer = 1}, *backend);
  auto session = (*backbone)->NewSession(128);
  const auto ignore = [](const StatePoint&, const compute::Matrix&) { return Status(); };
  for (const std::vector<int32_t>& ids : {std::vector<int32_t>{27}, {-1}, {1, 2, 1000000}}) {
    TokenBatch batch;
    batch.Add(ids, (*backbone)->config());
    EXPECT_EQ(session->Run(batch, ignore).code(), StatusCode::kMismatch);
  }
  TokenBatch too_long;
  too_long.Add(std::vector<int32_t>(65, 5), (*backbone)->config());
  EXPECT_EQ(session->Run(too_long, ignore).code(), StatusCode::kMismatch);
}

TEST(BackboneTest, ObserversErrorEndsTheRun) {
  const auto backend = compute::MakeReferenceBackend(MathType::kF32);
  const auto backbone = Backbone::Load(test::TinyBertFolder(), {.deepest_layer = 3}, *backend);
  auto session = (*backbone)->NewSession(8);
  TokenBatch batch;
  batch.Add(std::vector<int32_t>{2, 3}, (*backbone)->config());
  const Status status = session->Run(batch, [](const StatePoint& point, const compute::Matrix&) {
    return point.layer == 1 ? Status(StatusCode::kCancelled, "enough") : Status();
  });
  EXPECT_EQ(status.code(), StatusCode::kCancelled);
  EXPECT_THAT(status.message(), HasSubstr("enough"));
}

}  // namespace
}  // namespace llmembed::backbone
