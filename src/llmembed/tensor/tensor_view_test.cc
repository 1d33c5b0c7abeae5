#include "tensor/tensor_view.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <vector>

#include "tensor/aligned_buffer.h"

namespace llmembed::tensor {
namespace {

TEST(ShapeTest, ScalarsAndEmptyTensors) {
  EXPECT_EQ(Shape().ElementCount(), 1U);
  EXPECT_EQ(Shape().ToString(), "[]");
  EXPECT_EQ((Shape{3, 0, 5}.ElementCount()), 0U);
  EXPECT_EQ((Shape{30522, 384}.ToString()), "[30522, 384]");
  EXPECT_EQ((Shape{30522, 384}.ElementCount()), 30522U * 384U);
}

TEST(ShapeTest, EqualityLooksAtRankToo) {
  EXPECT_EQ((Shape{2, 3}), (Shape{2, 3}));
  EXPECT_NE((Shape{2, 3}), (Shape{3, 2}));
  EXPECT_NE((Shape{2}), (Shape{2, 0}));
}

TEST(ShapeTest, CountOverflowIsAValue) {
  constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
  EXPECT_EQ((Shape{kLargest, 4}.ElementCount()), std::nullopt);
  EXPECT_EQ((Shape{kLargest, 2}.ElementCount()), std::numeric_limits<uint64_t>::max() - 1);
}

TEST(ShapeTest, CreateRefusesWhatIsNoShape) {
  const std::vector<int64_t> nine(9, 1);
  EXPECT_EQ(Shape::Create(nine), std::nullopt);
  EXPECT_TRUE(Shape::Create(std::span(nine).first(8)).has_value());
  EXPECT_EQ(Shape::Create(std::array<int64_t, 2>{4, -1}), std::nullopt);
}

TEST(TensorViewTest, ElementsInPlace) {
  const std::array<float, 6> values = {1, 2, 3, 4, 5, 6};
  const TensorView view = ViewOf(values, Shape{2, 3});
  EXPECT_EQ(view.element_count(), 6U);
  ASSERT_TRUE(view.As<float>().has_value());
  EXPECT_EQ((*view.As<float>())[5], 6.0F);
  EXPECT_FALSE(view.As<int32_t>().has_value());
}

TEST(TensorViewTest, MisalignedBytesAreNotGivenAsElements) {
  alignas(8) std::array<std::byte, 16> bytes{};
  TensorView view{DType::kF32, Shape{2}, std::span(bytes).subspan(1, 8)};
  EXPECT_FALSE(view.As<float>().has_value());
  view.bytes = std::span(bytes).subspan(4, 8);
  EXPECT_TRUE(view.As<float>().has_value());
}

TEST(AlignedBufferTest, IsAlignedAndZeroedWhenAsked) {
  for (const uint64_t size : {1, 15, 16, 17, 1000}) {
    auto buffer = AlignedBuffer<float>::Create(size, Fill::kZero);
    ASSERT_TRUE(buffer.ok());
    EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer->data()) % kBufferAlignment, 0U);
    EXPECT_EQ(buffer->size(), size);
    for (const float value : buffer->span()) EXPECT_EQ(value, 0.0F);
  }
}

TEST(AlignedBufferTest, NothingIsAllocatedForNoElements) {
  auto buffer = AlignedBuffer<double>::Create(0);
  ASSERT_TRUE(buffer.ok());
  EXPECT_EQ(buffer->data(), nullptr);
  EXPECT_TRUE(buffer->span().empty());
}

TEST(AlignedBufferTest, MovesLeaveAnEmptyBufferBehind) {
  AlignedBuffer<int32_t> first = *AlignedBuffer<int32_t>::Create(3, Fill::kZero);
  first[1] = 7;
  AlignedBuffer<int32_t> second = std::move(first);
  EXPECT_EQ(second[1], 7);
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
  first = std::move(second);
  EXPECT_EQ(first[1], 7);
  EXPECT_EQ(first.size(), 3U);
}

TEST(AlignedBufferTest, TooMuchIsAnError) {
  const auto uncountable = AlignedBuffer<double>::Create(std::numeric_limits<uint64_t>::max() / 2);
  ASSERT_FALSE(uncountable.ok());
  EXPECT_EQ(uncountable.status().code(), StatusCode::kOutOfMemory);
  const auto unaddressable = AlignedBuffer<uint8_t>::Create(1ULL << 62);
  ASSERT_FALSE(unaddressable.ok());
  EXPECT_EQ(unaddressable.status().code(), StatusCode::kOutOfMemory);
  EXPECT_NE(unaddressable.status().message().find("4611686018427387904 bytes"), std::string::npos);
}

}  // namespace
}  // namespace llmembed::tensor
