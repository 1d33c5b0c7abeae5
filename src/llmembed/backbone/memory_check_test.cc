#include "backbone/memory_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backbone/config_reader.h"
#include "base/cpu.h"

namespace llmembed::backbone {
namespace {

using compute::MathType;
using testing::HasSubstr;

// The shape of Llama-2-7B, or one with more layers than any machine has memory for.
BackboneConfig SevenBillion(int layers) {
  const base::Json json = {
      {"model_type", "llama"},           {"vocab_size", 32000},         {"hidden_size", 4096},
      {"intermediate_size", 11008},      {"num_hidden_layers", layers}, {"num_attention_heads", 32},
      {"max_position_embeddings", 4096}, {"rms_norm_eps", 1e-5},        {"hidden_act", "silu"}};
  // By way of its text, since only there numbers without a sign are unsigned.
  return ReadConfigJson(base::Json::parse(json.dump()), "test")->config;
}

TEST(MemoryCheckTest, CountsTheWeights) {
  // 32 layers of 202,375,168 numbers in bf16, and the word embeddings in f32.
  EXPECT_EQ(WeightBytes(SevenBillion(32), 32, MathType::kBF16),
            32 * 202'375'168ULL * 2 + 32'000 * 4'096 * 4);
  EXPECT_GT(WeightBytes(SevenBillion(32), 32, MathType::kF32),
            WeightBytes(SevenBillion(32), 32, MathType::kBF16));
}

TEST(MemoryCheckTest, RefusesWhatDoesNotFitAndNamesWhatWould) {
  if (base::AvailableMemoryBytes() == 0) GTEST_SKIP() << "skipped: the machine does not say";
  const BackboneConfig huge = SevenBillion(512);  // 200 GB in bf16
  EXPECT_TRUE(CheckMemory(huge, 0, MathType::kBF16, "model").ok());
  const Status status = CheckMemory(huge, 512, MathType::kBF16, "model");
  if (status.ok()) GTEST_SKIP() << "skipped: this machine has the memory";
  EXPECT_EQ(status.code(), StatusCode::kOutOfMemory);
  EXPECT_THAT(status.message(), HasSubstr("model: its weights up to layer 512 need"));
  EXPECT_THAT(status.message(), testing::AnyOf(HasSubstr("would fit"), HasSubstr("smaller model")));
}

}  // namespace
}  // namespace llmembed::backbone
