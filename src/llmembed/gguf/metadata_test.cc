#include "gguf/metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <span>
#include <string>

#include "gguf/gguf_parser.h"
#include "support/gguf_builder.h"

namespace llmembed::gguf {
namespace {

using test::GgufBuilder;
using test::Raw;
using testing::ElementsAre;
using testing::HasSubstr;

class MetadataTest : public testing::Test {
 protected:
  const Metadata& Read(const GgufBuilder& builder) {
    file_ = builder.Build();
    const auto parsed = ParseGguf(std::as_bytes(std::span(file_)), "m.gguf");
    EXPECT_TRUE(parsed.ok()) << parsed.status().message();
    if (parsed.ok()) metadata_ = parsed->metadata;
    return metadata_;
  }

  std::string file_;
  Metadata metadata_;
};

TEST_F(MetadataTest, IntegersOfAnyType) {
  const Metadata& metadata = Read(GgufBuilder()
                                      .Key("u8", 0, Raw<uint8_t>(255))
                                      .Key("i8", 1, Raw<int8_t>(127))
                                      .Key("u16", 2, Raw<uint16_t>(65535))
                                      .Key("i16", 3, Raw<int16_t>(7))
                                      .Key("u32", 4, Raw<uint32_t>(~0U))
                                      .Key("i32", 5, Raw<int32_t>(0))
                                      .Key("u64", 10, Raw<uint64_t>(~0ULL))
                                      .Key("i64", 11, Raw<int64_t>(1LL << 40))
                                      .Key("negative", 5, Raw<int32_t>(-1)));
  EXPECT_EQ(*metadata.Uint("u8"), 255U);
  EXPECT_EQ(*metadata.Uint("i8"), 127U);
  EXPECT_EQ(*metadata.Uint("u16"), 65535U);
  EXPECT_EQ(*metadata.Uint("i16"), 7U);
  EXPECT_EQ(*metadata.Uint("u32"), 4294967295U);
  EXPECT_EQ(*metadata.Uint("i32"), 0U);
  EXPECT_EQ(*metadata.Uint("u64"), ~0ULL);
  EXPECT_EQ(*metadata.Uint("i64"), 1ULL << 40);
  EXPECT_THAT(metadata.Uint("negative").status().message(), HasSubstr("\"negative\" is negative"));
}

TEST_F(MetadataTest, FloatsMustBeFinite) {
  const Metadata& metadata =
      Read(GgufBuilder()
               .Float32("f32", 1e-5F)
               .Key("f64", 12, Raw(1e-5))
               .Float32("nan", std::numeric_limits<float>::quiet_NaN())
               .Float32s("scores", {0.5F, -1.0F})
               .Float32s("infinite", {0.5F, std::numeric_limits<float>::infinity()}));
  EXPECT_EQ(*metadata.Float("f32"), static_cast<double>(1e-5F));
  EXPECT_EQ(*metadata.Float("f64"), 1e-5);
  EXPECT_THAT(metadata.Float("nan").status().message(), HasSubstr("not a finite number"));
  EXPECT_THAT(*metadata.FloatArray("scores"), ElementsAre(0.5F, -1.0F));
  EXPECT_THAT(metadata.FloatArray("infinite").status().message(), HasSubstr("at [1]"));
}

TEST_F(MetadataTest, StringsAreViewsIntoTheFile) {
  const Metadata& metadata = Read(GgufBuilder()
                                      .String("s", std::string("a\0\u00e4", 4))
                                      .String("ill-formed", "\xFF")
                                      .Strings("tokens", {"one", "", "\xFF"})
                                      .Strings("none", {}));
  EXPECT_EQ(*metadata.String("s"), std::string_view("a\0\u00e4", 4));
  EXPECT_THAT(metadata.String("ill-formed").status().message(), HasSubstr("is not UTF-8"));
  const auto tokens = metadata.StringArray("tokens");
  ASSERT_TRUE(tokens.ok());
  EXPECT_THAT(*tokens, ElementsAre("one", "", "\xFF"));
  EXPECT_GE(tokens->front().data(), file_.data());
  EXPECT_LT(tokens->front().data(), file_.data() + file_.size());
  EXPECT_TRUE(metadata.StringArray("none")->empty());
}

TEST_F(MetadataTest, BoolsAndIntegerArrays) {
  const Metadata& metadata = Read(GgufBuilder()
                                      .Bool("yes", true)
                                      .Bool("no", false)
                                      .Int32s("types", {1, -3})
                                      .Array("large", 10, 1, Raw(~0ULL)));
  EXPECT_TRUE(*metadata.Bool("yes"));
  EXPECT_FALSE(*metadata.Bool("no"));
  EXPECT_THAT(*metadata.IntArray("types"), ElementsAre(1, -3));
  EXPECT_THAT(metadata.IntArray("large").status().message(), HasSubstr("needs all 64 bits"));
}

TEST_F(MetadataTest, WhatIsMissingOrOfAnotherTypeIsAnErrorThatNamesIt) {
  const Metadata& metadata = Read(GgufBuilder().String("s", "x").Int32s("types", {1}));
  EXPECT_FALSE(metadata.Has("k"));
  const Status missing = metadata.Uint("k").status();
  EXPECT_EQ(missing.code(), StatusCode::kCorrupt);
  EXPECT_EQ(missing.message(), "m.gguf: needs the key \"k\", an integer");
  EXPECT_EQ(metadata.Bool("s").status().message(),
            "m.gguf: at byte 24: key \"s\" is a string, expected a bool");
  EXPECT_THAT(metadata.Uint("types").status().message(),
              HasSubstr("is an array of int32, expected an integer"));
  EXPECT_THAT(metadata.StringArray("s").status().message(),
              HasSubstr("is a string, expected an array of strings"));
  EXPECT_FALSE(metadata.Float("types").ok());
  EXPECT_FALSE(metadata.FloatArray("types").ok());
  EXPECT_FALSE(metadata.IntArray("s").ok());
}

}  // namespace
}  // namespace llmembed::gguf
