#include "backbone/random_weights.h"

#include <gtest/gtest.h>

#include <cmath>

#include "backbone/backbone.h"

namespace llmembed::backbone {
namespace {

ConfiguredArchitecture Read(const char* config) {
  return *ReadConfigJson(*base::ParseJson(config, "test"), "test");
}

// Each kind of module: biases and tables of BERT, gates and a final norm of Llama, norms of heads.
constexpr const char* kConfigs[] = {
    R"({"model_type": "bert", "vocab_size": 50, "hidden_size": 32, "num_hidden_layers": 2,
        "num_attention_heads": 2, "intermediate_size": 64, "max_position_embeddings": 16,
        "type_vocab_size": 2, "layer_norm_eps": 1e-12, "hidden_act": "gelu"})",
    R"({"model_type": "llama", "vocab_size": 50, "hidden_size": 32, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 48,
        "max_position_embeddings": 16, "rms_norm_eps": 1e-5, "hidden_act": "silu"})",
    R"({"model_type": "qwen3", "vocab_size": 50, "hidden_size": 32, "num_hidden_layers": 1,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16,
        "intermediate_size": 48, "max_position_embeddings": 16, "rms_norm_eps": 1e-6,
        "hidden_act": "silu"})"};

TEST(RandomWeightsTest, MakeBackbonesThatRun) {
  const auto backend = compute::MakeCpuBackend(compute::MathType::kF32);
  ASSERT_TRUE(backend.ok());
  for (const char* config : kConfigs) {
    const ConfiguredArchitecture model = Read(config);
    const auto backbone = Backbone::MakeRandom(model, "test", /*pool=*/nullptr, **backend);
    ASSERT_TRUE(backbone.ok()) << backbone.status().message();
    auto session = (*backbone)->NewSession(8);
    ASSERT_TRUE(session.ok());
    TokenBatch batch;
    const std::vector<int32_t> ids = {1, 2, 3, 4, 5};
    batch.Add(ids, model.config);
    size_t states = 0;
    const Status status =
        session->Run(batch, [&](const StatePoint&, const compute::Matrix& state) -> Status {
          ++states;
          double sum = 0.0;
          for (size_t i = 0; i < ids.size() * model.config.width; ++i) {
            sum += std::abs(state.f32()[i]);
          }
          EXPECT_TRUE(std::isfinite(sum) && sum > 0.0);
          return {};
        });
    EXPECT_TRUE(status.ok()) << status.message();
    EXPECT_GT(states, model.config.layers);
  }
}

TEST(RandomWeightsTest, TensorsShareTheirMemory) {
  const auto weights = RandomWeights::Create(Read(kConfigs[0]), "test");
  ASSERT_TRUE(weights.ok());
  const auto* first = (*weights)->Find("encoder.layer.0.output.dense.weight");
  const auto* second = (*weights)->Find("encoder.layer.1.output.dense.weight");
  ASSERT_TRUE(first != nullptr && second != nullptr);
  EXPECT_EQ(first->bytes.data(), second->bytes.data());
  EXPECT_EQ((*weights)->Find("no.such.tensor"), nullptr);
  EXPECT_EQ((*weights)->Names().size(), 5U + 2 * 16);
}

}  // namespace
}  // namespace llmembed::backbone
