#include "base/scratch_floats.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/temporary_folder.h"

namespace llmembed::base {
namespace {

constexpr uint64_t kLarge = 20'000'000;  // 80 MB

TEST(ScratchFloatsTest, SmallAndLargeOnesHoldWhatIsWritten) {
  const test::TemporaryFolder folder;
  for (const uint64_t size : {uint64_t{3}, kLarge}) {
    auto scratch = ScratchFloats::Create(folder / "new", size);
    ASSERT_TRUE(scratch.ok()) << scratch.status().message();
    ASSERT_EQ(scratch->values().size(), size);
    EXPECT_EQ(scratch->values().back(), 0.0F);
    scratch->values().back() = 4.0F;
    const ScratchFloats moved = *std::move(scratch);
    EXPECT_EQ(moved.values().back(), 4.0F);
  }
}

TEST(ScratchFloatsTest, LeavesNoFileBehind) {
  const test::TemporaryFolder folder;
  const auto scratch = ScratchFloats::Create(folder.path(), kLarge);
  ASSERT_TRUE(scratch.ok());
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(ScratchFloatsTest, TooLargeForTheDiskIsAnErrorAtOnce) {
  const test::TemporaryFolder folder;
  EXPECT_EQ(ScratchFloats::Create(folder.path(), 1ULL << 50).status().code(), StatusCode::kIo);
  EXPECT_EQ(ScratchFloats::Create(folder.path(), 1ULL << 62).status().code(),
            StatusCode::kOutOfMemory);
}

TEST(ScratchFloatsTest, NothingIsAnEmptyArray) {
  const auto scratch = ScratchFloats::Create("/nowhere", 0);
  ASSERT_TRUE(scratch.ok());
  EXPECT_TRUE(scratch->values().empty());
}

}  // namespace
}  // namespace llmembed::base
