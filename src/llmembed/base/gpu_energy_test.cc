#include "base/gpu_energy.h"

#include <gtest/gtest.h>

namespace llmembed::base {
namespace {

// Two GPUs whose counters the test sets. NVML's functions take no context, so neither do these.
struct FakeNvml {
  static inline unsigned count = 2;
  static inline unsigned long long counters[2] = {};
  static inline int error_of_second = 0;

  static int Init() { return 0; }
  static int Count(unsigned* found) {
    *found = count;
    return 0;
  }
  static int Device(unsigned index, void** device) {
    *device = &counters[index];
    return 0;
  }
  static int Energy(void* device, unsigned long long* millijoules) {
    *millijoules = *static_cast<unsigned long long*>(device);
    return device == &counters[1] ? error_of_second : 0;
  }
  static NvmlFunctions Functions() { return {Init, Count, Device, Energy}; }
};

class GpuEnergyTest : public testing::Test {
 protected:
  void SetUp() override {
    FakeNvml::count = 2;
    FakeNvml::counters[0] = 5000;
    FakeNvml::counters[1] = 700;
    FakeNvml::error_of_second = 0;
  }
};

TEST_F(GpuEnergyTest, SumsWhatAllGpusTookSinceItWasMade) {
  GpuEnergy energy(FakeNvml::Functions());
  EXPECT_EQ(energy.Joules(), 0.0);
  FakeNvml::counters[0] += 1500;
  FakeNvml::counters[1] += 250;
  EXPECT_EQ(energy.Joules(), 1.75);
}

TEST_F(GpuEnergyTest, IsSilentWithoutAGpuOrLibrary) {
  EXPECT_EQ(GpuEnergy(NvmlFunctions{}).Joules(), std::nullopt);
  FakeNvml::count = 0;
  EXPECT_EQ(GpuEnergy(FakeNvml::Functions()).Joules(), std::nullopt);
}

TEST_F(GpuEnergyTest, StaysSilentOnceOneCannotBeRead) {
  GpuEnergy energy(FakeNvml::Functions());
  FakeNvml::error_of_second = 3;
  EXPECT_EQ(energy.Joules(), std::nullopt);
  FakeNvml::error_of_second = 0;
  EXPECT_EQ(energy.Joules(), std::nullopt);
  FakeNvml::error_of_second = 3;
  EXPECT_EQ(GpuEnergy(FakeNvml::Functions()).Joules(), std::nullopt);
}

TEST_F(GpuEnergyTest, StaysSilentWhereACounterBeganAnew) {
  GpuEnergy energy(FakeNvml::Functions());
  FakeNvml::counters[0] = 0;
  EXPECT_EQ(energy.Joules(), std::nullopt);
}

}  // namespace
}  // namespace llmembed::base
