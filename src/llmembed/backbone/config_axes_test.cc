// The choices along which architectures differ, as config.json makes them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "backbone/config_reader.h"

namespace llmembed::backbone {
namespace {

using base::Json;
using testing::HasSubstr;

Json Decoder(const char* model_type) {
  return {{"model_type", model_type}, {"vocab_size", 100},
          {"hidden_size", 24},        {"intermediate_size", 40},
          {"num_hidden_layers", 6},   {"num_attention_heads", 6},
          {"num_key_value_heads", 2}, {"max_position_embeddings", 64},
          {"rms_norm_eps", 1e-5},     {"hidden_act", "silu"}};
}

Json Encoder(const char* model_type) {
  return {{"model_type", model_type},      {"vocab_size", 100},      {"hidden_size", 24},
          {"intermediate_size", 40},       {"num_hidden_layers", 2}, {"num_attention_heads", 2},
          {"max_position_embeddings", 66}, {"type_vocab_size", 1},   {"layer_norm_eps", 1e-5},
          {"hidden_act", "gelu"},          {"pad_token_id", 1}};
}

BackboneConfig Read(const Json& json) {
  const auto found = ReadConfigJson(Json::parse(json.dump()), "test");
  EXPECT_TRUE(found.ok()) << found.status().message();
  return found.ok() ? found->config : BackboneConfig();
}

void ExpectRefused(const Json& json, StatusCode code, const std::string& words) {
  const Status status = ReadConfigJson(Json::parse(json.dump()), "test").status();
  EXPECT_EQ(status.code(), code) << status.message();
  EXPECT_THAT(status.message(), HasSubstr("test: "));
  EXPECT_THAT(status.message(), HasSubstr(words));
}

std::vector<size_t> Windows(const BackboneConfig& config) {
  std::vector<size_t> windows;
  for (const LayerConfig& layer : config.layer) windows.push_back(layer.window);
  return windows;
}

TEST(ConfigAxesTest, DecodersHaveGroupedHeadsAndRotaryPositions) {
  const BackboneConfig config = Read(Decoder("llama"));
  EXPECT_EQ(config.kv_heads, 2);
  EXPECT_EQ(config.head_size, 4);
  EXPECT_FLOAT_EQ(config.attention_scale, 0.5F);
  ASSERT_EQ(config.rotary.size(), 1);
  EXPECT_EQ(config.rotary[0].theta, 10'000.0);
  EXPECT_EQ(config.max_tokens(), 64);
  EXPECT_TRUE(config.has_final_norm);
  EXPECT_FALSE(config.has_pooler);
  EXPECT_FALSE(config.attention_bias);
}

TEST(ConfigAxesTest, HeadsMayHaveASizeOfTheirOwn) {
  Json json = Decoder("llama");
  json["head_dim"] = 10;
  EXPECT_EQ(Read(json).head_size, 10);
  json["head_dim"] = 5;
  ExpectRefused(json, StatusCode::kCorrupt, "odd size 5");
  json = Decoder("llama");
  json["num_key_value_heads"] = 4;
  ExpectRefused(json, StatusCode::kCorrupt, "not a multiple");
  json["num_key_value_heads"] = nullptr;
  EXPECT_EQ(Read(json).kv_heads, 6);
}

TEST(ConfigAxesTest, FairseqCountsPositionsFromBehindThePadding) {
  for (const char* model_type : {"roberta", "xlm-roberta"}) {
    const BackboneConfig config = Read(Encoder(model_type));
    EXPECT_EQ(config.position_rule.first, 2);
    EXPECT_EQ(config.position_rule.uncounted_id, 1);
    EXPECT_EQ(config.max_tokens(), 64);
    EXPECT_TRUE(config.has_pooler);
  }
  Json json = Encoder("roberta");
  json["pad_token_id"] = nullptr;
  ExpectRefused(json, StatusCode::kCorrupt, "pad_token_id");
  json["pad_token_id"] = 65;
  ExpectRefused(json, StatusCode::kCorrupt, "no position");
}

TEST(ConfigAxesTest, RopeScalingIsReadInItsOldAndNewForms) {
  Json json = Decoder("llama");
  json["rope_scaling"] = {{"type", "linear"}, {"factor", 2.0}};
  EXPECT_EQ(Read(json).max_tokens(), 128);
  json["rope_scaling"] = {{"rope_type", "dynamic"}, {"factor", 4.0}};
  EXPECT_EQ(Read(json).rotary[0].scaling, RotaryScaling::kDynamic);
  json["rope_scaling"] = {{"rope_type", "yarn"}, {"factor", 4.0}};
  EXPECT_NEAR(Read(json).rotary[0].attention_factor, 1.1386, 1e-4);
  json["rope_scaling"] = {{"rope_type", "longrope"}, {"factor", 4.0}};
  ExpectRefused(json, StatusCode::kUnsupported, "longrope");
  json["rope_scaling"] = {{"rope_type", "llama3"}, {"factor", 4.0}};
  ExpectRefused(json, StatusCode::kCorrupt, "low_freq_factor");
  json["rope_scaling"] = {{"rope_type", "linear"}, {"factor", 0.5}};
  ExpectRefused(json, StatusCode::kCorrupt, "factor");
  json.erase("rope_scaling");
  json["rope_parameters"] = {{"rope_type", "default"}, {"rope_theta", 777.0}};
  EXPECT_EQ(Read(json).rotary[0].theta, 777.0);
}

TEST(ConfigAxesTest, WindowsStandInTheLayersThatTheFileSays) {
  Json mistral = Decoder("mistral");
  EXPECT_EQ(Windows(Read(mistral)), std::vector<size_t>(6, 0));
  mistral["sliding_window"] = 7;
  EXPECT_EQ(Windows(Read(mistral)), std::vector<size_t>(6, 7));

  Json qwen = Decoder("qwen2");
  qwen["sliding_window"] = 7;
  qwen["max_window_layers"] = 4;
  EXPECT_EQ(Windows(Read(qwen)), std::vector<size_t>(6, 0));
  qwen["use_sliding_window"] = true;
  EXPECT_EQ(Windows(Read(qwen)), (std::vector<size_t>{0, 0, 0, 0, 7, 7}));
  EXPECT_TRUE(Read(qwen).attention_bias);
  EXPECT_FALSE(Read(qwen).attention_output_bias);

  Json gemma = Decoder("gemma2");
  ExpectRefused(gemma, StatusCode::kCorrupt, "head_dim");
  gemma["head_dim"] = 4;
  gemma["query_pre_attn_scalar"] = 16;
  gemma["sliding_window"] = 7;
  gemma["attn_logit_softcapping"] = 50.0;
  const BackboneConfig config = Read(gemma);
  EXPECT_EQ(Windows(config), (std::vector<size_t>{7, 0, 7, 0, 7, 0}));
  EXPECT_FLOAT_EQ(config.attention_scale, 0.25F);
  EXPECT_FLOAT_EQ(config.score_cap, 50.0F);
  EXPECT_FLOAT_EQ(config.embedding_scale, std::sqrt(24.0F));
  EXPECT_EQ(config.activation, compute::Activation::kGeluTanh);
}

TEST(ConfigAxesTest, LayersMayHaveRotaryTablesOfTheirOwn) {
  Json gemma = Decoder("gemma3_text");
  gemma["head_dim"] = 4;
  gemma["query_pre_attn_scalar"] = 16;
  gemma["sliding_window"] = 7;
  gemma["rope_theta"] = 1e6;
  gemma["sliding_window_pattern"] = 3;
  const BackboneConfig config = Read(gemma);
  ASSERT_EQ(config.rotary.size(), 2);
  EXPECT_EQ(config.rotary[1].theta, 10'000.0);
  EXPECT_EQ(Windows(config), (std::vector<size_t>{7, 7, 0, 7, 7, 0}));
  EXPECT_EQ(config.layer[0].rotary, 1);
  EXPECT_EQ(config.layer[2].rotary, 0);
  gemma["layer_types"] = Json::array({"full_attention"});
  ExpectRefused(gemma, StatusCode::kCorrupt, "layer_types");
  gemma["layer_types"] = Json(std::vector<std::string>(6, "chunked_attention"));
  ExpectRefused(gemma, StatusCode::kUnsupported, "chunked_attention");
}

TEST(ConfigAxesTest, WhatIsNotDoneIsRefusedByName) {
  Json json = Decoder("llama");
  json["quantization_config"] = {{"quant_method", "gptq"}};
  ExpectRefused(json, StatusCode::kUnsupported, "quantization_config");
  json = Decoder("llama");
  json["partial_rotary_factor"] = 0.5;
  ExpectRefused(json, StatusCode::kUnsupported, "partial_rotary_factor");
  json = Decoder("mamba");
  ExpectRefused(json, StatusCode::kUnsupported, "mamba");
}

}  // namespace
}  // namespace llmembed::backbone
