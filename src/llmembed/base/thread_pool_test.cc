#include "base/thread_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "base/bytes_reader.h"
#include "base/checked.h"
#include "base/cpu.h"

namespace llmembed::base {
namespace {

TEST(ThreadPoolTest, EveryIndexOnceAndNoWorkerTwiceAtATime) {
  for (const unsigned threads : {1U, 2U, 5U}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.size(), threads);
    for (const size_t count : {size_t{0}, size_t{1}, size_t{1000}}) {
      std::vector<std::atomic<int>> calls(count);
      std::vector<std::atomic<int>> busy(threads);
      const Status status = pool.ParallelFor(count, [&](size_t index, unsigned worker) {
        EXPECT_EQ(busy[worker].fetch_add(1), 0);
        calls[index].fetch_add(1);
        busy[worker].fetch_sub(1);
        return Status();
      });
      EXPECT_TRUE(status.ok());
      for (const auto& call : calls) ASSERT_EQ(call.load(), 1);
    }
  }
}

TEST(ThreadPoolTest, TheFirstErrorEndsTheRoundAndThePoolGoesOn) {
  ThreadPool pool(3);
  std::atomic<size_t> done{0};
  const Status status = pool.ParallelFor(1'000'000, [&](size_t index, unsigned) -> Status {
    if (index == 10) return {StatusCode::kBadData, "ten"};
    done.fetch_add(1);
    return {};
  });
  EXPECT_EQ(status.code(), StatusCode::kBadData);
  EXPECT_LT(done.load(), 1'000'000U);
  EXPECT_TRUE(pool.ParallelFor(5, [](size_t, unsigned) { return Status(); }).ok());
}

TEST(ThreadPoolTest, ZeroMeansWhatTheMachineAllows) {
  EXPECT_EQ(ThreadPool(0).size(), UsableThreads());
  EXPECT_GE(UsableThreads(), 1U);
}

TEST(CheckedTest, OverflowIsAValue) {
  constexpr uint64_t kMost = ~uint64_t{0};
  EXPECT_EQ(CheckedAdd(2, 3), 5U);
  EXPECT_EQ(CheckedAdd(kMost, 0), kMost);
  EXPECT_FALSE(CheckedAdd(kMost, 1));
  EXPECT_EQ(CheckedMul(1U << 20, 1U << 20), uint64_t{1} << 40);
  EXPECT_FALSE(CheckedMul(uint64_t{1} << 32, uint64_t{1} << 32));
}

TEST(BytesReaderTest, NeverReadsBeyondTheEnd) {
  const std::vector<std::byte> bytes = {std::byte{1}, std::byte{2}, std::byte{3}};
  BytesReader reader(bytes);
  EXPECT_FALSE(reader.Read<uint32_t>());
  EXPECT_EQ(reader.offset(), 0U);
  EXPECT_EQ(reader.Read<uint16_t>(), 0x0201);
  EXPECT_FALSE(reader.ReadBytes(2));
  EXPECT_FALSE(reader.ReadBytes(~uint64_t{0}));
  EXPECT_EQ(reader.ReadBytes(1)->front(), std::byte{3});
  EXPECT_EQ(reader.remaining(), 0U);
}

}  // namespace
}  // namespace llmembed::base
