#include "weights/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "base/random.h"
#include "weights/safetensors_writer.h"
#include "weights/test_support.h"
#include "weights/to_float.h"

namespace llmembed::weights {
namespace {

using tensor::DType;
using tensor::Shape;
using tensor::TensorView;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(SafetensorsFileTest, MissingAndDamagedFiles) {
  const TemporaryFolder folder;
  EXPECT_EQ(SafetensorsFile::Open(folder / "none").status().code(), StatusCode::kNotFound);
  WriteFile(folder / "empty", "");
  const auto empty = SafetensorsFile::Open(folder / "empty");
  EXPECT_EQ(empty.status().code(), StatusCode::kCorrupt);
  EXPECT_THAT(empty.status().message(), HasSubstr(folder / "empty" + ": at byte 0"));
}

// Every prefix of a good file is refused: there is no length at which a cut goes unseen.
TEST(SafetensorsFileTest, NoCutGoesUnseen) {
  const std::string good =
      FileOf("{" + Entry("a", "[2]", 0, 8) + "," + Entry("e", "[0]", 8, 8) + "}  ", 8);
  ASSERT_TRUE(ParseSafetensorsHeader(AsBytes(good), "good").ok());
  for (size_t length = 0; length < good.size(); ++length) {
    // A copy of just these bytes, so that reading past the cut is seen by the sanitizer.
    const std::vector<char> cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_FALSE(ParseSafetensorsHeader(std::as_bytes(std::span(cut)), "cut").ok()) << length;
  }
}

// Damage anywhere in the header is refused, or leaves tensors that lie inside the file.
TEST(SafetensorsFileTest, DamagedHeadersNeverLeadOutOfTheFile) {
  const std::string good = FileOf("{" + Entry("a", "[2,3]", 0, 24) + "," +
                                      Entry("b", "[4]", 24, 32, "BF16") + R"(,"__metadata__":{}})",
                                  32);
  base::Random random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = good;
    for (uint32_t changes = 1 + random.Below(4); changes > 0; --changes) {
      damaged[random.Below(static_cast<uint32_t>(good.size()))] =
          static_cast<char>(random.Below(256));
    }
    const auto header = ParseSafetensorsHeader(AsBytes(damaged), "damaged");
    if (!header.ok()) continue;
    uint64_t covered = 0;
    for (const TensorEntry& entry : header->tensors) {
      ASSERT_EQ(entry.begin, covered);
      ASSERT_EQ(entry.end - entry.begin,
                *entry.shape.ElementCount() * tensor::DTypeSize(entry.dtype));
      covered = entry.end;
    }
    ASSERT_EQ(header->data_begin + covered, damaged.size());
  }
}

TEST(SafetensorsFileTest, GivesNamesAndTensors) {
  const TemporaryFolder folder;
  const std::array<float, 3> values = {1.5F, -2.0F, 0.0F};
  const std::array<uint8_t, 1> flag = {1};
  const std::vector<NamedTensor> tensors = {
      {"flag", {DType::kBool, {}, std::as_bytes(std::span(flag))}},
      {"values", ViewOf(values, Shape{3, 1})}};
  const std::string path = folder / "x.safetensors";
  const Status written = WriteSafetensors(path, tensors, {{"made by", "a test"}});
  ASSERT_TRUE(written.ok()) << written.message();

  const auto file = SafetensorsFile::Open(path);
  ASSERT_TRUE(file.ok()) << file.status().message();
  EXPECT_THAT((*file)->Names(), ElementsAre("flag", "values"));
  EXPECT_EQ((*file)->path(), path);
  EXPECT_EQ((*file)->metadata(), (Metadata{{"made by", "a test"}}));
  EXPECT_EQ((*file)->Find("absent"), nullptr);
  const TensorView* view = (*file)->Find("values");
  ASSERT_NE(view, nullptr);
  EXPECT_EQ(view->shape, (Shape{3, 1}));
  ASSERT_TRUE(view->As<float>().has_value());
  EXPECT_THAT(*view->As<float>(), ElementsAre(1.5F, -2.0F, 0.0F));
}

TEST(WriteSafetensorsTest, TheOrderOfTheTensorsDoesNotShow) {
  const TemporaryFolder folder;
  const std::array<float, 2> values = {1, 2};
  const std::array<uint8_t, 3> bytes = {1, 2, 3};
  const NamedTensor a{"a", {DType::kU8, {3}, std::as_bytes(std::span(bytes))}};
  const NamedTensor b{"b", ViewOf(values, Shape{2})};
  const NamedTensor c{"c", ViewOf(values, Shape{1, 2})};
  ASSERT_TRUE(WriteSafetensors(folder / "1", std::array{a, b, c}).ok());
  ASSERT_TRUE(WriteSafetensors(folder / "2", std::array{c, a, b}).ok());
  EXPECT_EQ(ReadFile(folder / "1"), ReadFile(folder / "2"));
  // The bytes of "a" come last, so that the floats are aligned.
  EXPECT_TRUE(ReadFile(folder / "1").ends_with("\x01\x02\x03"));
  EXPECT_EQ(EntryCount(folder), 2U);
}

TEST(WriteSafetensorsTest, RefusesWrongViewsAndLeavesTheOldFile) {
  const TemporaryFolder folder;
  const std::array<float, 2> values = {1, 2};
  WriteFile(folder / "f", "old");
  const std::vector<NamedTensor> wrong = {{"a", ViewOf(values, Shape{3})}};
  EXPECT_EQ(WriteSafetensors(folder / "f", wrong).code(), StatusCode::kInternal);
  const std::vector<NamedTensor> twice = {{"a", ViewOf(values, Shape{2})},
                                          {"a", ViewOf(values, Shape{2})}};
  EXPECT_EQ(WriteSafetensors(folder / "f", twice).code(), StatusCode::kUsage);
  EXPECT_EQ(ReadFile(folder / "f"), "old");
  EXPECT_EQ(EntryCount(folder), 1U);
}

// --- ToFloat ----------------------------------------------------------------------------------

TEST(ToFloatTest, ConvertsAllFloatTypesAtOddAddresses) {
  // 10,000 elements: more than two blocks, and not a multiple of any vector length.
  constexpr size_t kCount = 10'001;
  base::Random random(3);
  std::vector<float> expected(kCount);
  for (float& value : expected) value = static_cast<float>(random.Below(512)) / 64.0F - 4.0F;
  const Shape shape{static_cast<int64_t>(kCount)};
  for (const DType dtype : {DType::kF32, DType::kF16, DType::kBF16}) {
    const uint64_t size = tensor::DTypeSize(dtype);
    std::vector<std::byte> bytes(kCount * size + 1);
    for (size_t i = 0; i < kCount; ++i) {
      const uint16_t half = dtype == DType::kF16 ? tensor::F16FromFloat(expected[i])
                                                 : tensor::BF16FromFloat(expected[i]);
      const void* from = dtype == DType::kF32 ? static_cast<const void*>(&expected[i]) : &half;
      std::memcpy(bytes.data() + 1 + i * size, from, size);
    }
    const auto values = ToFloat({dtype, shape, std::span(bytes).subspan(1)}, "t");
    ASSERT_TRUE(values.ok()) << values.status().message();
    ASSERT_EQ(values->size(), kCount);
    for (size_t i = 0; i < kCount; ++i) {
      // bf16 has 8 bits: some of the values are rounded.
      const float want = dtype == DType::kBF16
                             ? tensor::FloatFromBF16(tensor::BF16FromFloat(expected[i]))
                             : expected[i];
      ASSERT_EQ((*values)[i], want) << tensor::DTypeName(dtype) << " " << i;
    }
  }
}

TEST(ToFloatTest, NamesThePlaceOfWhatIsNotFinite) {
  std::vector<float> values(3000 * 4, 1.0F);
  values[2999 * 4 + 1] = std::numeric_limits<float>::quiet_NaN();
  auto refused = ToFloat(ViewOf(values, Shape{3000, 4}), "w");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().code(), StatusCode::kCorrupt);
  EXPECT_THAT(refused.status().message(), HasSubstr("tensor \"w\": element [2999, 1] is NaN"));

  values[5] = -std::numeric_limits<float>::infinity();
  refused = ToFloat(ViewOf(values, Shape{3000, 4}), "w");
  EXPECT_THAT(refused.status().message(), HasSubstr("element [1, 1] is infinite"));

  const std::array<uint16_t, 2> halves = {0x3C00, 0x7C01};
  refused = ToFloat({DType::kF16, {2}, std::as_bytes(std::span(halves))}, "h");
  EXPECT_THAT(refused.status().message(), HasSubstr("element [1] is NaN"));
}

TEST(ToFloatTest, ScalarsEmptyTensorsAndOtherTypes) {
  const std::array<float, 1> one = {2.0F};
  const auto scalar = ToFloat(ViewOf(one, Shape()), "s");
  ASSERT_TRUE(scalar.ok());
  EXPECT_EQ((*scalar)[0], 2.0F);
  EXPECT_TRUE(ToFloat({DType::kBF16, {0, 3}, {}}, "e")->empty());
  const auto refused = ToFloat({DType::kI64, {0}, {}}, "ids");
  EXPECT_EQ(refused.status().code(), StatusCode::kUnsupported);
  EXPECT_THAT(refused.status().message(), HasSubstr("tensor \"ids\" is I64"));
}

}  // namespace
}  // namespace llmembed::weights
