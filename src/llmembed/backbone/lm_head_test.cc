// The LM head against transformers, and texts read in parts against texts read whole.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "backbone/backbone.h"
#include "backbone/config_reader.h"
#include "base/json.h"
#include "support/expected_states.h"

namespace llmembed::backbone {
namespace {

using compute::Backend;
using compute::MathType;
using testing::HasSubstr;

const std::string kGolden = LLMEMBED_SOURCE_DIR "/tests/golden/";

std::unique_ptr<Backbone> LoadWithHead(const std::string& folder, const Backend& backend) {
  const auto found = ReadConfig(folder);
  EXPECT_TRUE(found.ok()) << found.status().message();
  auto backbone = Backbone::Load(
      folder, {.deepest_layer = found->config.layers, .needs_lm_head = true}, backend);
  EXPECT_TRUE(backbone.ok()) << backbone.status().message();
  return backbone.ok() ? *std::move(backbone) : nullptr;
}

// The last layer's states behind its norm, of all tokens of a batch.
std::vector<float> LastStates(const Backbone& backbone, Backbone::Session* session,
                              const TokenBatch& batch) {
  std::vector<float> states;
  const Status status =
      session->Run(batch, [&](const StatePoint& point, const compute::Matrix& state) {
        if (point == StatePoint{backbone.config().layers}) {
          states.assign(state.f32(), state.f32() + state.rows * state.columns);
        }
        return Status();
      });
  EXPECT_TRUE(status.ok()) << status.message();
  return states;
}

// Of each token of the text but the first.
std::vector<float> LogProbabilities(const Backbone& backbone, const std::vector<int32_t>& ids) {
  auto session = backbone.NewSession(ids.size());
  TokenBatch batch;
  batch.Add(ids, backbone.config());
  const auto states = LastStates(backbone, &*session, batch);
  std::vector<NextToken> asked;
  for (size_t t = 0; t + 1 < ids.size(); ++t) asked.push_back({t, ids[t + 1]});
  std::vector<float> out(asked.size());
  const Status status = session->LogProbabilities(states, asked, out);
  EXPECT_TRUE(status.ok()) << status.message();
  return out;
}

void CheckGoldens(const Backend& backend, double bar) {
  const auto expected = base::ReadJsonFile(kGolden + "next_tokens.json");
  ASSERT_TRUE(expected.ok()) << expected.status().message();
  ASSERT_FALSE(expected->empty());
  for (const auto& [name, text] : expected->items()) {
    SCOPED_TRACE(name);
    const auto backbone = LoadWithHead(kGolden + name, backend);
    ASSERT_NE(backbone, nullptr);
    const auto actual = LogProbabilities(*backbone, text["ids"].get<std::vector<int32_t>>());
    ASSERT_EQ(actual.size(), text["log_probabilities"].size());
    for (size_t i = 0; i < actual.size(); ++i) {
      EXPECT_NEAR(actual[i], text["log_probabilities"][i].get<double>(), bar) << "token " << i + 1;
    }
  }
}

TEST(LmHeadTest, ReferenceBackendGivesTheLogProbabilitiesOfTransformers) {
  CheckGoldens(*compute::MakeReferenceBackend(MathType::kF32), 1e-4);
}

TEST(LmHeadTest, CpuBackendGivesTheLogProbabilitiesOfTransformers) {
  CheckGoldens(**compute::MakeCpuBackend(MathType::kF32), 1e-4);
}

TEST(LmHeadTest, ProbabilitiesOfAllTokensAreOneInAll) {
  for (const MathType type : {MathType::kF32, MathType::kBF16}) {
    const auto backend = compute::MakeCpuBackend(type);
    if (!backend.ok()) continue;  // no bf16 here
    const auto backbone = LoadWithHead(kGolden + "tiny_llama", **backend);
    auto session = backbone->NewSession(4);
    const size_t vocabulary = backbone->config().vocabulary;
    const size_t states = 20;  // more than are computed at a time
    std::vector<float> state(states * backbone->config().width, 1000.0F);
    std::vector<NextToken> asked;
    for (size_t i = 0; i < states * vocabulary; ++i) {
      asked.push_back({i / vocabulary, static_cast<int32_t>(i % vocabulary)});
    }
    std::vector<float> out(asked.size());
    ASSERT_TRUE(session->LogProbabilities(state, asked, out).ok());
    for (size_t i = 0; i < states; ++i) {
      double sum = 0.0;
      for (size_t token = 0; token < vocabulary; ++token) {
        sum += std::exp(static_cast<double>(out[i * vocabulary + token]));
      }
      EXPECT_NEAR(sum, 1.0, 1e-5) << "state " << i;
    }
  }
}

// One text in three parts beside another end of it: the same states as in one piece.
void CheckParts(const std::string& name, const Backend& backend) {
  SCOPED_TRACE(name + " on " + backend.Identity());
  const auto texts = test::ExpectedTextsOf(kGolden + name);
  ASSERT_FALSE(texts.empty());
  const auto backbone = Backbone::Load(kGolden + name, {.deepest_layer = texts[0].layers}, backend);
  ASSERT_TRUE(backbone.ok()) << backbone.status().message();
  const BackboneConfig& config = (*backbone)->config();
  const std::vector<int32_t> begin = {3, 1, 4, 1, 5, 9};
  const std::vector<int32_t> middle = {2, 6, 5, 3};
  const std::vector<int32_t> end = {5, 8};
  const std::vector<int32_t> other_end = {9, 7, 9};
  auto session = (*backbone)->NewSession(8);
  const auto prefix = session->ReadPrefix(begin);
  ASSERT_TRUE(prefix.ok()) << prefix.status().message();
  for (const size_t cached : {begin.size(), size_t{2}, size_t{0}}) {
    TokenBatch batch;
    batch.prefix = &*prefix;
    batch.prefix_tokens = cached;
    std::vector<int32_t> rest(begin.begin() + static_cast<ptrdiff_t>(cached), begin.end());
    rest.insert(rest.end(), middle.begin(), middle.end());
    batch.Add(rest, config);
    batch.Continue(0, end, config);
    batch.Continue(0, other_end, config);
    const auto parts = LastStates(**backbone, &*session, batch);
    const auto expect_whole = [&](const std::vector<int32_t>& last, size_t first_row) {
      std::vector<int32_t> ids = begin;
      ids.insert(ids.end(), middle.begin(), middle.end());
      ids.insert(ids.end(), last.begin(), last.end());
      TokenBatch alone;
      alone.Add(ids, config);
      const auto whole = LastStates(**backbone, &*session, alone);
      for (size_t i = 0; i < last.size() * config.width; ++i) {
        const size_t tail = whole.size() - last.size() * config.width;
        ASSERT_EQ(parts[first_row * config.width + i], whole[tail + i])
            << cached << " tokens of the prefix";
      }
    };
    expect_whole(end, rest.size());
    expect_whole(other_end, rest.size() + end.size());
  }
}

TEST(CachedPrefixTest, TextsReadInPartsHaveTheStatesOfWholeOnes) {
  for (const MathType type : {MathType::kF32, MathType::kBF16}) {
    const auto backend = compute::MakeCpuBackend(type);
    for (const char* name : {"tiny_llama", "tiny_llama3", "tiny_llama_dynamic", "tiny_llama_yarn",
                             "tiny_mistral", "tiny_qwen3", "tiny_gemma2", "tiny_gemma3"}) {
      if (backend.ok()) CheckParts(name, **backend);
      CheckParts(name, *compute::MakeReferenceBackend(type));
    }
  }
}

TEST(CachedPrefixTest, TextsWhoseAnglesDependOnTheirLengthAreNotReadInParts) {
  const auto backend = compute::MakeReferenceBackend(MathType::kF32);
  const auto backbone = Backbone::Load(kGolden + "tiny_llama_dynamic", {}, *backend);
  ASSERT_TRUE(backbone.ok());
  const BackboneConfig& config = (*backbone)->config();
  ASSERT_LT(config.max_continued_tokens(), config.max_tokens());
  auto session = (*backbone)->NewSession(8);
  TokenBatch batch;
  batch.Add(std::vector<int32_t>(config.max_continued_tokens(), 1), config);
  const auto ignore = [](const StatePoint&, const compute::Matrix&) { return Status(); };
  EXPECT_TRUE(session->Run(batch, ignore).ok());
  batch.Continue(0, std::vector<int32_t>{1}, config);
  EXPECT_EQ(session->Run(batch, ignore).code(), StatusCode::kMismatch);
}

TEST(LmHeadTest, ModelsWithoutOneAreRefusedByName) {
  const auto backend = compute::MakeReferenceBackend(MathType::kF32);
  const auto load = [&](const char* name) {
    const auto found = ReadConfig(kGolden + name);
    return Backbone::Load(kGolden + name,
                          {.deepest_layer = found->config.layers, .needs_lm_head = true}, *backend)
        .status();
  };
  const Status bert = load("tiny_bert");
  EXPECT_EQ(bert.code(), StatusCode::kUsage);
  EXPECT_THAT(bert.message(), HasSubstr("bert has no LM head"));
  const Status without = load("tiny_llama3");  // saved as a LlamaModel
  EXPECT_EQ(without.code(), StatusCode::kUsage);
  EXPECT_THAT(without.message(), HasSubstr("lm_head.weight"));
}

TEST(LmHeadTest, TokensBeyondTheVocabularyAreRefused) {
  const auto backend = compute::MakeReferenceBackend(MathType::kF32);
  const auto backbone = LoadWithHead(kGolden + "tiny_llama", *backend);
  auto session = backbone->NewSession(1);
  const std::vector<float> state(backbone->config().width);
  std::vector<float> out(1);
  for (const int32_t token : {-1, 31, 1'000'000}) {
    const std::vector<NextToken> asked = {{0, token}};
    EXPECT_EQ(session->LogProbabilities(state, asked, out).code(), StatusCode::kMismatch);
  }
}

}  // namespace
}  // namespace llmembed::backbone
