#include "backbone/config_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "support/temporary_folder.h"
#include "support/tiny_bert.h"

namespace llmembed::backbone {
namespace {

using base::Json;
using testing::HasSubstr;

class ConfigReaderTest : public testing::Test {
 protected:
  ConfigReaderTest() : config_(*base::ReadJsonFile(test::TinyBertFolder() + "/config.json")) {}

  Status Read() {
    folder_.Write("config.json", config_.dump());
    return ReadConfig(folder_.path()).status();
  }
  void ExpectRefused(StatusCode code, const std::string& words) {
    const Status status = Read();
    EXPECT_EQ(status.code(), code) << status.message();
    EXPECT_THAT(status.message(), HasSubstr(words));
    EXPECT_THAT(status.message(), HasSubstr("config.json"));
  }

  Json config_;
  test::TemporaryFolder folder_;
};

TEST_F(ConfigReaderTest, ReadsEveryAxis) {
  const auto found = ReadConfig(test::TinyBertFolder());
  ASSERT_TRUE(found.ok()) << found.status().message();
  EXPECT_EQ(found->config.model_type, "bert");
  EXPECT_EQ(found->config.vocabulary, 27);
  EXPECT_EQ(found->config.width, 48);
  EXPECT_EQ(found->config.layers, 3);
  EXPECT_EQ(found->config.heads, 3);
  EXPECT_EQ(found->config.feed_forward_width, 80);
  EXPECT_EQ(found->config.max_tokens(), 64);
  EXPECT_EQ(found->config.activation, compute::Activation::kGeluErf);
}

TEST_F(ConfigReaderTest, EveryNeededKeyIsNeeded) {
  for (const char* key : {"vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads",
                          "intermediate_size", "max_position_embeddings", "type_vocab_size",
                          "layer_norm_eps", "hidden_act", "model_type"}) {
    const Json whole = config_;
    config_.erase(key);
    ExpectRefused(StatusCode::kCorrupt, key);
    config_ = whole;
  }
}

TEST_F(ConfigReaderTest, SizesAreWholeAndBounded) {
  for (const Json& size : {Json(0), Json(-4), Json(2.5), Json("48"), Json(nullptr),
                           Json(uint64_t{1} << 63), Json::array()}) {
    config_["hidden_size"] = size;
    ExpectRefused(StatusCode::kCorrupt, "hidden_size");
  }
}

TEST_F(ConfigReaderTest, WidthIsDividedByTheHeads) {
  config_["num_attention_heads"] = 5;
  ExpectRefused(StatusCode::kCorrupt, "not a multiple");
}

TEST_F(ConfigReaderTest, WhatIsNotDoneIsRefusedByName) {
  config_["position_embedding_type"] = "relative_key";
  ExpectRefused(StatusCode::kUnsupported, "position_embedding_type");
  config_["position_embedding_type"] = "absolute";
  config_["hidden_act"] = "mish";
  ExpectRefused(StatusCode::kUnsupported, "mish");
  config_["hidden_act"] = "gelu";
  config_["is_decoder"] = true;
  ExpectRefused(StatusCode::kUnsupported, "is_decoder");
  config_["is_decoder"] = false;
  config_["model_type"] = "mamba";
  ExpectRefused(StatusCode::kUnsupported, "mamba");
  std::string long_name(63, 'm');  // once cut within the characters behind these
  for (int i = 0; i < 200; ++i) long_name += "\u01DF";
  config_["model_type"] = long_name;
  ExpectRefused(StatusCode::kUnsupported, "mmm\u01DF\u01DF");
}

TEST_F(ConfigReaderTest, EpsilonIsANumberBetweenZeroAndOne) {
  for (const Json& epsilon : {Json(0.0), Json(1.0), Json(-1e-12), Json("1e-12")}) {
    config_["layer_norm_eps"] = epsilon;
    ExpectRefused(StatusCode::kCorrupt, "layer_norm_eps");
  }
}

TEST_F(ConfigReaderTest, AFolderWithoutAConfigIsNotFound) {
  EXPECT_EQ(ReadConfig(folder_.path()).status().code(), StatusCode::kNotFound);
}

}  // namespace
}  // namespace llmembed::backbone
