// The table of operations on a GPU; skipped where there is none.
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "compute/device.h"
#include "compute/op_cases/backend_check.h"
#include "compute/op_cases/row_ops_check.h"

namespace llmembed::compute {
namespace {

class CudaBackendTest : public testing::TestWithParam<MathType> {};

TEST_P(CudaBackendTest, EveryCaseAsTheReference) {
  const auto device = ResolveDevice("cuda");
  if (!device.ok()) GTEST_SKIP() << "skipped: " << device.status().message();
  const auto backend = MakeBackend(*device, GetParam());
  if (!backend.ok() && backend.status().code() == StatusCode::kUnsupported) {
    GTEST_SKIP() << "skipped: " << backend.status().message();
  }
  ASSERT_TRUE(backend.ok()) << backend.status().message();
  const auto reference = MakeReferenceBackend(GetParam());
  const auto cases = CheckBackend(**backend, *reference, /*is_small=*/false);
  ASSERT_TRUE(cases.ok()) << cases.status().message();
  for (const CheckedCase& one : *cases) EXPECT_LE(one.difference, one.bar) << one.name;
}

INSTANTIATE_TEST_SUITE_P(MathTypes, CudaBackendTest,
                         testing::Values(MathType::kF32, MathType::kBF16, MathType::kFp8),
                         [](const auto& parameter) { return MathTypeName(parameter.param); });

TEST(CudaRowOpsTest, EveryCaseAsTheReference) {
  const auto device = ResolveDevice("cuda");
  if (!device.ok()) GTEST_SKIP() << "skipped: " << device.status().message();
  const auto ops = MakeRowOps(*device);
  ASSERT_TRUE(ops.ok()) << ops.status().message();
  const auto reference = MakeReferenceRowOps();
  const auto cases = CheckRowOps(ops->get(), reference.get());
  ASSERT_TRUE(cases.ok()) << cases.status().message();
  for (const CheckedCase& one : *cases) EXPECT_LE(one.difference, one.bar) << one.name;
}

TEST(DeviceTest, WordsForDevices) {
  EXPECT_FALSE(ResolveDevice("cpu")->is_cuda);
  EXPECT_FALSE(ResolveDevices("auto", /*needs_cpu=*/true)->front().is_cuda);
  EXPECT_TRUE(ResolveDevice("").ok());
  for (const char* word : {"gpu", "cuda:", "cuda:x", "cuda:-1", "cuda0", "CPU", "cuda:0,",
                           "cuda:,0", "cuda:0,0", "cuda:0;1", "cuda:all,0"}) {
    const auto device = ResolveDevice(word);
    ASSERT_FALSE(device.ok()) << word;
    EXPECT_EQ(device.status().code(), StatusCode::kUsage) << word;
  }
}

TEST(DeviceTest, AGpuThatIsNotThereIsNamed) {
  for (const char* word : {"cuda:999", "cuda:0,999"}) {
    const auto device = ResolveDevice(word);
    ASSERT_FALSE(device.ok()) << word;
    EXPECT_EQ(device.status().code(), StatusCode::kUnsupported) << word;
  }
}

TEST(DeviceTest, AllGpusAreThoseThatAreNumbered) {
  const auto all = ResolveDevices("cuda:all");
  if (!all.ok()) GTEST_SKIP() << "skipped: " << all.status().message();
  for (size_t i = 0; i < all->size(); ++i) EXPECT_EQ((*all)[i].index, static_cast<int>(i));
  EXPECT_FALSE(ResolveDevice("cuda:" + std::to_string(all->size())).ok());
}

// The check itself: the reference agrees with itself, bit for bit.
TEST(BackendCheckTest, TheReferenceAgreesWithItself) {
  const auto one = MakeReferenceBackend(MathType::kFp8);
  const auto other = MakeReferenceBackend(MathType::kFp8);
  const auto cases = CheckBackend(*one, *other, /*is_small=*/true);
  ASSERT_TRUE(cases.ok()) << cases.status().message();
  EXPECT_GT(cases->size(), 100U);
  for (const CheckedCase& checked : *cases) EXPECT_EQ(checked.difference, 0.0) << checked.name;
}

}  // namespace
}  // namespace llmembed::compute
