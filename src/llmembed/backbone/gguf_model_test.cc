// One small model twice, as a Hugging Face folder and as a GGUF file: the same hidden states.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "backbone/backbone.h"
#include "backbone/config_reader.h"
#include "base/random.h"
#include "support/gguf_builder.h"
#include "support/temporary_folder.h"
#include "weights/safetensors_writer.h"

namespace llmembed::backbone {
namespace {

using test::GgufBuilder;
using testing::HasSubstr;

constexpr size_t kWidth = 24, kInner = 40, kLayers = 2, kHeads = 4, kKvHeads = 2, kHeadSize = 6;
constexpr size_t kVocabulary = 30;

struct Named {
  std::string folder_name, gguf_name;
  std::vector<uint64_t> shape;
  size_t interleaved_heads = 0;
  std::vector<float> values;
};

// llama.cpp's order of a head's rows: convert_hf_to_gguf.py, LlamaModel.permute.
std::vector<float> Interleaved(const Named& tensor) {
  if (tensor.interleaved_heads == 0) return tensor.values;
  const size_t columns = tensor.shape[1];
  const size_t half = tensor.shape[0] / tensor.interleaved_heads / 2;
  std::vector<float> rows;
  for (size_t head = 0; head < tensor.interleaved_heads; ++head) {
    for (size_t i = 0; i < 2 * half; ++i) {
      const size_t row = head * 2 * half + (i % 2) * half + i / 2;
      const auto from = tensor.values.begin() + static_cast<ptrdiff_t>(row * columns);
      rows.insert(rows.end(), from, from + static_cast<ptrdiff_t>(columns));
    }
  }
  return rows;
}

std::vector<Named> RandomTensors() {
  std::vector<Named> tensors = {{"embed_tokens.weight", "token_embd.weight", {kVocabulary, kWidth}},
                                {"norm.weight", "output_norm.weight", {kWidth}}};
  for (size_t layer = 0; layer < kLayers; ++layer) {
    const std::string folder = "layers." + std::to_string(layer) + ".";
    const std::string gguf = "blk." + std::to_string(layer) + ".";
    const auto add = [&](const char* name, const char* gguf_name, std::vector<uint64_t> shape,
                         size_t heads = 0) {
      tensors.push_back({folder + name + ".weight", gguf + gguf_name + ".weight", shape, heads});
    };
    add("input_layernorm", "attn_norm", {kWidth});
    add("self_attn.q_proj", "attn_q", {kHeads * kHeadSize, kWidth}, kHeads);
    add("self_attn.k_proj", "attn_k", {kKvHeads * kHeadSize, kWidth}, kKvHeads);
    add("self_attn.v_proj", "attn_v", {kKvHeads * kHeadSize, kWidth});
    add("self_attn.o_proj", "attn_output", {kWidth, kHeads * kHeadSize});
    add("post_attention_layernorm", "ffn_norm", {kWidth});
    add("mlp.gate_proj", "ffn_gate", {kInner, kWidth});
    add("mlp.up_proj", "ffn_up", {kInner, kWidth});
    add("mlp.down_proj", "ffn_down", {kWidth, kInner});
  }
  base::Random random(5);
  for (Named& tensor : tensors) {
    size_t count = 1;
    for (const uint64_t extent : tensor.shape) count *= extent;
    for (size_t i = 0; i < count; ++i) {
      tensor.values.push_back(static_cast<float>(0.4 * random.Normal()));
    }
  }
  return tensors;
}

GgufBuilder Metadata() {
  GgufBuilder builder;
  builder.String("general.architecture", "llama")
      .Uint32("llama.block_count", kLayers)
      .Uint32("llama.context_length", 64)
      .Uint32("llama.embedding_length", kWidth)
      .Uint32("llama.feed_forward_length", kInner)
      .Uint32("llama.attention.head_count", kHeads)
      .Uint32("llama.attention.head_count_kv", kKvHeads)
      .Uint32("llama.rope.dimension_count", kHeadSize)
      .Float32("llama.rope.freq_base", 5000.0F)
      .Float32("llama.attention.layer_norm_rms_epsilon", 0.00001F);
  return builder;
}

void AddTensors(const std::vector<Named>& tensors, GgufBuilder* builder) {
  for (const Named& tensor : tensors) {
    const std::vector<float> values = Interleaved(tensor);
    builder->Tensor(tensor.gguf_name, tensor.shape, 0,
                    {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
  }
}

// Writes the folder's two files.
void WriteFolder(const std::vector<Named>& tensors, const test::TemporaryFolder& folder) {
  folder.Write("config.json", R"({"model_type": "llama", "vocab_size": 30, "hidden_size": 24,
      "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 4,
      "num_key_value_heads": 2, "max_position_embeddings": 64, "rms_norm_eps": 1e-5,
      "rope_theta": 5000.0, "hidden_act": "silu"})");
  std::vector<weights::NamedTensor> named;
  for (const Named& tensor : tensors) {
    std::vector<int64_t> extents(tensor.shape.begin(), tensor.shape.end());
    named.push_back(
        {tensor.folder_name, tensor::ViewOf(tensor.values, *tensor::Shape::Create(extents))});
  }
  ASSERT_TRUE(weights::WriteSafetensors(folder / "model.safetensors", named).ok());
}

// Every hidden state of one text, one behind the other.
std::vector<float> States(const std::string& path) {
  const auto backend = compute::MakeReferenceBackend(compute::MathType::kF32);
  const auto backbone = Backbone::Load(path, {.deepest_layer = kLayers}, *backend);
  EXPECT_TRUE(backbone.ok()) << backbone.status().message();
  if (!backbone.ok()) return {};
  TokenBatch batch;
  batch.Add(std::vector<int32_t>{3, 1, 29, 7, 7, 12, 0}, (*backbone)->config());
  auto session = (*backbone)->NewSession(8);
  std::vector<float> states;
  const auto keep = [&](const StatePoint&, const compute::Matrix& state) {
    states.insert(states.end(), state.f32(), state.f32() + state.rows * state.columns);
    return Status();
  };
  EXPECT_TRUE(session->Run(batch, keep).ok());
  return states;
}

TEST(GgufModelTest, GivesTheStatesOfTheFolderItWasMadeFrom) {
  const std::vector<Named> tensors = RandomTensors();
  const test::TemporaryFolder folder;
  WriteFolder(tensors, folder);
  GgufBuilder builder = Metadata();
  AddTensors(tensors, &builder);
  const test::TemporaryFolder gguf;
  const std::string file = gguf.Write("model.gguf", builder.Build());
  const std::vector<float> states = States(folder.path());
  ASSERT_EQ(states.size(), (kLayers + 2) * 7 * kWidth);  // the last one on both sides of its norm
  EXPECT_EQ(States(file), states);
  EXPECT_EQ(States(gguf.path()), states) << "a folder with one GGUF file in it";
}

TEST(GgufModelTest, DivisorsOfRotaryFrequenciesAreUsed) {
  const std::vector<Named> tensors = RandomTensors();
  GgufBuilder builder = Metadata();
  AddTensors(tensors, &builder);
  const std::vector<float> divisors = {1.0F, 2.0F, 8.0F};
  builder.Tensor("rope_freqs.weight", {3}, 0, {reinterpret_cast<const char*>(divisors.data()), 12});
  const test::TemporaryFolder with;
  const test::TemporaryFolder without;
  with.Write("model.gguf", builder.Build());
  WriteFolder(tensors, without);
  EXPECT_NE(States(with.path()), States(without.path()));
}

TEST(GgufModelTest, WhatIsNotDoneIsRefusedByName) {
  const auto expect_refused = [](GgufBuilder builder, const std::string& words) {
    const test::TemporaryFolder folder;
    builder.Tensor("token_embd.weight", {kVocabulary, kWidth}, 0,
                   std::string(kVocabulary * kWidth * 4, '\0'));
    const std::string file = folder.Write("model.gguf", builder.Build());
    const Status status = ReadConfig(file).status();
    EXPECT_EQ(status.code(), StatusCode::kUnsupported) << status.message();
    EXPECT_THAT(status.message(), HasSubstr(words));
    EXPECT_THAT(status.message(), HasSubstr(file));
  };
  GgufBuilder experts = Metadata();
  expect_refused(experts.Uint32("llama.expert_count", 8), "llama.expert_count");
  GgufBuilder scaled = Metadata();
  scaled.String("llama.rope.scaling.type", "longrope");
  expect_refused(scaled.Float32("llama.rope.scaling.factor", 2.0F), "longrope");
  GgufBuilder values = Metadata();
  expect_refused(values.Uint32("llama.attention.value_length", 8), "attention.value_length");
  GgufBuilder other;
  expect_refused(other.String("general.architecture", "falcon"), "falcon");
}

}  // namespace
}  // namespace llmembed::backbone
