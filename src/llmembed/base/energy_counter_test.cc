#include "base/energy_counter.h"

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace llmembed::base {
namespace {

class EnergyCounterTest : public testing::Test {
 protected:
  void Zone(const std::string& zone, const std::string& name, const std::string& energy,
            const std::string& range = "1000000000") {
    test::WriteTestFile(folder_ / zone + "/name", name + "\n");
    test::WriteTestFile(folder_ / zone + "/max_energy_range_uj", range + "\n");
    Set(zone, energy);
  }
  void Set(const std::string& zone, const std::string& energy) {
    test::WriteTestFile(folder_ / zone + "/energy_uj", energy + "\n");
  }
  test::TemporaryFolder folder_;
};

TEST_F(EnergyCounterTest, CountsFromWhereItBegan) {
  Zone("intel-rapl:0", "package-0", "700000");
  EnergyCounter counter(folder_.path());
  EXPECT_EQ(counter.Joules(), 0.0);
  Set("intel-rapl:0", "3200000");
  EXPECT_EQ(counter.Joules(), 2.5);
  Set("intel-rapl:0", "3700000");
  EXPECT_EQ(counter.Joules(), 3.0);
}

TEST_F(EnergyCounterTest, GoesOnWhereACounterWentRound) {
  Zone("intel-rapl:0", "package-0", "900000", "1000000");
  EnergyCounter counter(folder_.path());
  Set("intel-rapl:0", "400000");
  EXPECT_EQ(counter.Joules(), 0.5);
  Set("intel-rapl:0", "300000");
  EXPECT_EQ(counter.Joules(), 1.4);
}

TEST_F(EnergyCounterTest, SumsPackagesAndNothingThatIsInThem) {
  const std::vector<std::pair<std::string, std::string>> zones = {
      {"intel-rapl:0", "package-0"},        // counted
      {"intel-rapl:1", "package-1-die-0"},  // counted
      {"intel-rapl:2", "psys"},
      {"intel-rapl:0:0", "core"},
      {"intel-rapl:0:1", "package-0"},
      {"intel-rapl-mmio:0", "package-0"},
      {"intel-rapl", "package-0"},
      {"intel-rapl:", "package-0"}};
  for (const auto& [zone, name] : zones) Zone(zone, name, "0");
  EnergyCounter counter(folder_.path());
  uint64_t microjoules = 1000000;
  for (const auto& [zone, name] : zones) {
    Set(zone, std::to_string(microjoules));
    microjoules *= 2;
  }
  EXPECT_EQ(counter.Joules(), 3.0);
}

TEST_F(EnergyCounterTest, IsSilentWhereThereIsNoCounter) {
  EXPECT_EQ(EnergyCounter(folder_.path()).Joules(), std::nullopt);
  EXPECT_EQ(EnergyCounter(folder_ / "nowhere").Joules(), std::nullopt);
}

TEST_F(EnergyCounterTest, IsSilentWhereOneOfThePackagesIsUnreadable) {
  Zone("intel-rapl:0", "package-0", "0");
  Zone("intel-rapl:1", "package-1", "0");
  std::filesystem::remove(folder_ / "intel-rapl:1/energy_uj");
  EXPECT_EQ(EnergyCounter(folder_.path()).Joules(), std::nullopt);
}

TEST_F(EnergyCounterTest, StaysSilentOnceAReadingIsMissing) {
  Zone("intel-rapl:0", "package-0", "0");
  EnergyCounter counter(folder_.path());
  std::filesystem::remove(folder_ / "intel-rapl:0/energy_uj");
  EXPECT_EQ(counter.Joules(), std::nullopt);
  Set("intel-rapl:0", "1000000");
  EXPECT_EQ(counter.Joules(), std::nullopt);
}

TEST_F(EnergyCounterTest, TakesNoReadingThatCannotBe) {
  for (const char* energy : {"", "-1", "12a", "1.5", "1000000001", "99999999999999999999"}) {
    Zone("intel-rapl:0", "package-0", "0");
    EnergyCounter counter(folder_.path());
    Set("intel-rapl:0", energy);
    EXPECT_EQ(counter.Joules(), std::nullopt) << energy;
    EXPECT_EQ(EnergyCounter(folder_.path()).Joules(), std::nullopt) << energy;
  }
}

}  // namespace
}  // namespace llmembed::base
