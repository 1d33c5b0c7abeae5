// Every architecture against transformers: each model folder of tests/golden, whatever it holds.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <span>
#include <sstream>

#include "backbone/arch/architecture.h"
#include "backbone/backbone.h"
#include "backbone/config_reader.h"
#include "base/cpu.h"
#include "support/expected_states.h"

namespace llmembed::backbone {
namespace {

using compute::MathType;
using test::ExpectedText;

std::vector<std::string> ModelFolders() {
  std::vector<std::string> folders;
  for (const auto& entry :
       std::filesystem::directory_iterator(LLMEMBED_SOURCE_DIR "/tests/golden")) {
    if (std::filesystem::exists(entry.path() / "config.json") &&
        std::filesystem::exists(entry.path() / "expected.safetensors")) {
      folders.push_back(entry.path());
    }
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

// ||actual - expected|| / ||expected||
double RelativeError(std::span<const float> actual, std::span<const float> expected) {
  double difference = 0.0;
  double norm = 0.0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double error = static_cast<double>(actual[i]) - static_cast<double>(expected[i]);
    difference += error * error;
    norm += static_cast<double>(expected[i]) * static_cast<double>(expected[i]);
  }
  return std::sqrt(difference / norm);
}

// What transformers has for a token at a point: [width], or empty.
std::span<const float> ExpectedState(const ExpectedText& text, const StatePoint& point,
                                     size_t token) {
  if (!point.is_before_final_norm) return {text.State(point.layer, token), text.width};
  if (text.before_final_norm.empty()) return {};
  return std::span(text.before_final_norm).subspan(token * text.width, text.width);
}

// Runs the texts together and checks every token of every hidden state, and the pooler.
void CheckBatch(const Backbone& backbone, std::span<const ExpectedText> texts, double bar) {
  TokenBatch batch;
  for (const ExpectedText& text : texts) batch.Add(text.ids, backbone.config());
  auto session = backbone.NewSession(batch.tokens());
  ASSERT_TRUE(session.ok()) << session.status().message();
  size_t points = 0;
  std::vector<float> first_states;  // [texts, width] of the last layer
  const auto check = [&](const StatePoint& point, const compute::Matrix& state) {
    ++points;
    const float* actual = state.f32();
    for (const ExpectedText& text : texts) {
      if (point.layer == text.layers && !point.is_before_final_norm) {
        first_states.insert(first_states.end(), actual, actual + text.width);
      }
      for (size_t token = 0; token < text.ids.size(); ++token, actual += text.width) {
        const auto expected = ExpectedState(text, point, token);
        EXPECT_FALSE(expected.empty()) << "transformers has no such state";
        if (expected.empty()) return Status(StatusCode::kInternal, "the states differ in number");
        EXPECT_LT(RelativeError({actual, text.width}, expected), bar)
            << "layer " << point.layer << (point.is_before_final_norm ? " before its norm" : "")
            << ", token " << token << " of a text of " << text.ids.size();
      }
    }
    return Status();
  };
  const Status status = session->Run(batch, check);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(points, texts[0].layers + 1 + static_cast<size_t>(!texts[0].before_final_norm.empty()));
  if (texts[0].pooler.empty()) return;

  std::vector<float> pooled(first_states.size());
  ASSERT_TRUE(session->ApplyPooler(first_states, pooled).ok());
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto actual = std::span(pooled).subspan(i * texts[i].width, texts[i].width);
    EXPECT_LT(RelativeError(actual, texts[i].pooler), bar) << "pooler of text " << i;
  }
}

void CheckModel(const std::string& folder, const compute::Backend& backend, double bar) {
  SCOPED_TRACE(folder + " on " + backend.Identity());
  const auto texts = test::ExpectedTextsOf(folder);
  ASSERT_FALSE(texts.empty());
  const auto backbone = Backbone::Load(
      folder, {.deepest_layer = texts[0].layers, .needs_pooler = !texts[0].pooler.empty()},
      backend);
  ASSERT_TRUE(backbone.ok()) << backbone.status().message();
  CheckBatch(**backbone, texts, bar);
  for (const ExpectedText& text : texts) CheckBatch(**backbone, {&text, 1}, bar);
}

TEST(ArchitectureGoldensTest, ReferenceBackendGivesTheStatesOfTransformers) {
  const auto backend = compute::MakeReferenceBackend(MathType::kF32);
  for (const std::string& folder : ModelFolders()) CheckModel(folder, *backend, 1e-4);
}

TEST(ArchitectureGoldensTest, CpuBackendGivesTheStatesOfTransformersInF32) {
  const auto backend = compute::MakeCpuBackend(MathType::kF32);
  ASSERT_TRUE(backend.ok());
  for (const std::string& folder : ModelFolders()) CheckModel(folder, **backend, 1e-4);
}

TEST(ArchitectureGoldensTest, CpuBackendGivesTheStatesOfTransformersInBf16) {
  if (!base::Cpu().avx512_bf16) GTEST_SKIP() << "skipped: this CPU does not multiply bf16";
  const auto backend = compute::MakeCpuBackend(MathType::kBF16);
  ASSERT_TRUE(backend.ok());
  // Models of random weights and of few numbers; docs/numerics.md has larger ones.
  for (const std::string& folder : ModelFolders()) CheckModel(folder, **backend, 0.1);
}

TEST(ArchitectureGoldensTest, EveryArchitectureHasAModel) {
  std::set<std::string> covered;
  for (const std::string& folder : ModelFolders()) {
    const auto found = ReadConfig(folder);
    ASSERT_TRUE(found.ok()) << found.status().message();
    covered.insert(found->config.model_type);
  }
  std::set<std::string> known;
  std::istringstream names(ArchitectureNames());
  for (std::string name; std::getline(names >> std::ws, name, ',');) known.insert(name);
  EXPECT_EQ(covered, known);
}

}  // namespace
}  // namespace llmembed::backbone
