#include "pipeline/cost_meter.h"

#include <gtest/gtest.h>

#include <ctime>

#include "support/temporary_folder.h"

namespace llmembed::pipeline {
namespace {

double ProcessSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

class CostMeterTest : public testing::Test {
 protected:
  void SetEnergy(const std::string& microjoules) {
    test::WriteTestFile(folder_ / "intel-rapl:0/name", "package-0\n");
    test::WriteTestFile(folder_ / "intel-rapl:0/max_energy_range_uj", "9000000\n");
    test::WriteTestFile(folder_ / "intel-rapl:0/energy_uj", microjoules + "\n");
  }
  test::TemporaryFolder folder_;
};

TEST_F(CostMeterTest, GivesEachStageItsOwnTime) {
  CostMeter meter(folder_.path());
  const double begin = ProcessSeconds();
  while (ProcessSeconds() < begin + 0.05) {
  }
  meter.Finish("work");
  meter.Finish("nothing");
  ASSERT_EQ(meter.stages().size(), 2U);
  const StageCost& work = meter.stages()[0];
  const StageCost& nothing = meter.stages()[1];
  EXPECT_EQ(work.stage, "work");
  EXPECT_GE(work.cpu_seconds, 0.04);  // two clocks, read one after the other
  EXPECT_GE(work.wall_seconds, 0.04);
  EXPECT_LT(nothing.cpu_seconds, work.cpu_seconds);
  EXPECT_GE(nothing.cpu_seconds, 0.0);
  EXPECT_GE(work.peak_memory_bytes, 1U << 20);
  EXPECT_GE(nothing.peak_memory_bytes, work.peak_memory_bytes);
}

TEST_F(CostMeterTest, GivesEachStageItsEnergy) {
  SetEnergy("8000000");
  CostMeter meter(folder_.path());
  SetEnergy("8500000");
  meter.Finish("first");
  SetEnergy("1000000");  // the counter went round
  meter.Finish("second");
  EXPECT_EQ(meter.stages()[0].energy_joules, 0.5);
  EXPECT_EQ(meter.stages()[1].energy_joules, 1.5);
}

TEST_F(CostMeterTest, SaysNothingOfWhatIsNotMeasured) {
  SetEnergy("0");
  CostMeter meter(folder_.path());
  SetEnergy("1000000");
  meter.Finish("measured");
  std::filesystem::remove(folder_ / "intel-rapl:0/energy_uj");
  meter.Finish("lost");
  EXPECT_EQ(meter.stages()[0].energy_joules, 1.0);
  EXPECT_EQ(meter.stages()[1].energy_joules, std::nullopt);
  EXPECT_EQ(meter.stages()[0].gpu_seconds, std::nullopt);
}

}  // namespace
}  // namespace llmembed::pipeline
