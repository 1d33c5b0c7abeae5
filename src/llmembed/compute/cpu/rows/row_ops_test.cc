// Rows on this CPU against plain loops.
#include <gtest/gtest.h>

#include "compute/op_cases/row_ops_check.h"

namespace llmembed::compute {
namespace {

TEST(CpuRowOpsTest, EveryCaseAsTheReference) {
  for (const GemmThreads threads : {GemmThreads::kOne, GemmThreads::kAll}) {
    const auto reference = MakeReferenceRowOps();
    const auto cases = CheckRowOps(CpuRowOps(threads), reference.get());
    ASSERT_TRUE(cases.ok()) << cases.status().message();
    EXPECT_GT(cases->size(), 100U);
    for (const CheckedCase& one : *cases) EXPECT_LE(one.difference, one.bar) << one.name;
  }
}

}  // namespace
}  // namespace llmembed::compute
