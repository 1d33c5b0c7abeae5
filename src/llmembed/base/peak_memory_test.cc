#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>

#include "base/cpu.h"

namespace llmembed::base {
namespace {

// Mapped, so that what is freed is gone, whatever the allocator (or a sanitizer) keeps.
void UseMemory(size_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  std::memset(memory, 1, bytes);
  ASSERT_EQ(::munmap(memory, bytes), 0);
}

TEST(PeakMemoryTest, CountsAnewFromARestart) {
  constexpr uint64_t kMost = 256U << 20, kLess = 64U << 20, kSlack = 4U << 20;
  RestartPeakMemory();
  const uint64_t before = PeakMemoryBytes();
  UseMemory(kMost);
  EXPECT_GE(PeakMemoryBytes() + kSlack, before + kMost);
  RestartPeakMemory();
  if (PeakMemoryBytes() >= before + kMost) GTEST_SKIP() << "this system keeps the old peak";
  UseMemory(kLess);
  EXPECT_LT(PeakMemoryBytes(), before + kMost);
  EXPECT_GE(PeakMemoryBytes() + kSlack, before + kLess);
}

}  // namespace
}  // namespace llmembed::base
