#include "eval/cost.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/json.h"

namespace llmembed::eval {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<StageCost> TwoStages(std::optional<double> second_joules) {
  return {{.stage = "embed",
           .wall_seconds = 5400.0,
           .cpu_seconds = 10000.0,
           .peak_memory_bytes = 2'345'000'000,
           .energy_joules = 1.8e6},
          {.stage = "train",
           .wall_seconds = 1800.0,
           .cpu_seconds = 1.5,
           .peak_memory_bytes = 2'345'000'000,
           .energy_joules = second_joules}};
}

ExtractionReport SomeExtraction() {
  ExtractionReport extraction;
  extraction.lengths.resize(2);
  extraction.lengths[0].all.tokens = 28'719'397;
  extraction.lengths[1].all.tokens = 20'000'000;
  return extraction;
}

// The figures of LLMEmbed's paper, table 5, SST-2: the tokens at $0.002 a thousand.
TEST(CostTest, ReckonsMoney) {
  const Prices prices = {
      .per_kwh = 0.065, .per_machine_hour = 2.5, .per_million_tokens = 2.0, .currency = "USD"};
  const CostReport report = MakeCostReport(TwoStages(3.6e6), prices, SomeExtraction());
  EXPECT_EQ(report.total.wall_seconds, 7200.0);
  EXPECT_EQ(report.total.cpu_seconds, 10001.5);
  EXPECT_EQ(report.total.peak_memory_bytes, 2'345'000'000U);
  EXPECT_EQ(report.total.energy_joules, 5.4e6);
  EXPECT_EQ(report.total.gpu_seconds, std::nullopt);
  EXPECT_DOUBLE_EQ(report.energy_cost.value(), 1.5 * 0.065);
  EXPECT_DOUBLE_EQ(report.machine_cost.value(), 5.0);
  EXPECT_NEAR(report.api_cost.value(), 57.44, 0.005);
}

TEST(CostTest, EnergyOfGpusIsReckonedBesideTheProcessors) {
  std::vector<StageCost> stages = TwoStages(3.6e6);
  for (StageCost& stage : stages) stage.gpu_energy_joules = 0.9e6;
  const CostReport report = MakeCostReport(stages, {.per_kwh = 0.1}, SomeExtraction());
  EXPECT_EQ(report.total.gpu_energy_joules, 1.8e6);
  EXPECT_DOUBLE_EQ(report.energy_cost.value(), 2.0 * 0.1);
  EXPECT_THAT(CostToText(report), HasSubstr("GPU energy"));
  stages[0].energy_joules = std::nullopt;
  const CostReport part = MakeCostReport(stages, {.per_kwh = 0.1}, SomeExtraction());
  EXPECT_EQ(part.energy_cost, std::nullopt);
}

TEST(CostTest, MoneyNeedsAPriceAndAMeasurement) {
  const CostReport unpriced = MakeCostReport(TwoStages(1.0), {}, SomeExtraction());
  EXPECT_EQ(unpriced.energy_cost, std::nullopt);
  EXPECT_EQ(unpriced.machine_cost, std::nullopt);
  EXPECT_EQ(unpriced.api_cost, std::nullopt);
  const CostReport unmeasured =
      MakeCostReport(TwoStages(std::nullopt), {.per_kwh = 0.3}, SomeExtraction());
  EXPECT_EQ(unmeasured.total.energy_joules, std::nullopt);
  EXPECT_EQ(unmeasured.energy_cost, std::nullopt);
}

TEST(CostTest, RefusesPricesThatAreNone) {
  EXPECT_TRUE(CheckPrices({}).ok());
  EXPECT_TRUE(CheckPrices({.per_kwh = 0.0, .per_machine_hour = 1e9}).ok());
  for (const double price : {-0.01, std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_EQ(CheckPrices({.per_kwh = price}).code(), StatusCode::kUsage);
    EXPECT_EQ(CheckPrices({.per_machine_hour = price}).code(), StatusCode::kUsage);
    EXPECT_EQ(CheckPrices({.per_million_tokens = price}).code(), StatusCode::kUsage);
  }
}

TEST(CostJsonTest, HoldsEveryFigureAndNullForWhatIsNotThere) {
  const CostReport report = MakeCostReport(
      TwoStages(std::nullopt), {.per_machine_hour = 2.5, .currency = "\xFF"}, SomeExtraction());
  const auto json = base::ParseJson(CostToJsonText(report), "cost");
  ASSERT_TRUE(json.ok()) << json.status().message();
  const base::Json& embed = (*json)["stages"][0];
  EXPECT_EQ(embed["stage"], "embed");
  EXPECT_EQ(embed["wall_seconds"], 5400.0);
  EXPECT_EQ(embed["cpu_seconds"], 10000.0);
  EXPECT_EQ(embed["peak_memory_bytes"], 2'345'000'000);
  EXPECT_EQ(embed["energy_joules"], 1.8e6);
  EXPECT_TRUE(embed["gpu_seconds"].is_null());
  EXPECT_TRUE((*json)["stages"][1]["energy_joules"].is_null());
  EXPECT_EQ((*json)["total"]["wall_seconds"], 7200.0);
  EXPECT_TRUE((*json)["total"]["energy_joules"].is_null());
  EXPECT_EQ((*json)["text_tokens"], 28'719'397);
  EXPECT_EQ((*json)["prices"]["per_machine_hour"], 2.5);
  EXPECT_TRUE((*json)["prices"]["per_kwh"].is_null());
  EXPECT_EQ((*json)["prices"]["currency"], "\xEF\xBF\xBD");
  EXPECT_EQ((*json)["machine_cost"], 5.0);
  EXPECT_TRUE((*json)["energy_cost"].is_null());
  EXPECT_TRUE((*json)["api_cost"].is_null());
}

TEST(CostTextTest, ShowsStagesAndMoney) {
  const Prices prices = {
      .per_kwh = 0.065, .per_machine_hour = 2.5, .per_million_tokens = 2.0, .currency = "USD"};
  EXPECT_EQ(CostToText(MakeCostReport(TwoStages(7200.0), prices, SomeExtraction())),
            "stage       time   CPU time  peak memory       energy\n"
            "embed  1:30:00 h  2:46:40 h      2.35 GB  1800000.0 J\n"
            "train  30:00 min     1.50 s      2.35 GB     7200.0 J\n"
            "total  2:00:00 h  2:46:42 h      2.35 GB  1807200.0 J\n"
            "GPU time: not available\n"
            "\n"
            "0.502000 kWh at 0.065 USD a kWh                                    0.0326 USD\n"
            "the machine for 2:00:00 h at 2.5 USD an hour                         5.00 USD\n"
            "for comparison, an API reading 28719397 tokens at 2 USD a million   57.44 USD\n");
}

TEST(CostTextTest, SaysWhatIsNotThere) {
  ExtractionReport extraction = SomeExtraction();
  extraction.from_store = 300;
  const std::string text =
      CostToText(MakeCostReport(TwoStages(std::nullopt), {.per_kwh = 0.3}, extraction));
  EXPECT_THAT(text, HasSubstr("\nGPU time: not available\n"));
  EXPECT_THAT(text, HasSubstr("\nenergy: not available, "));
  EXPECT_THAT(text, HasSubstr("\nenergy at 0.3 a kWh  not available\n"));
  EXPECT_THAT(text, HasSubstr("the 300 texts from the store"));
  EXPECT_THAT(text, Not(HasSubstr("machine")));
  EXPECT_THAT(text, Not(HasSubstr(" J\n")));
}

TEST(CostTextTest, ShowsSmallAmountsAndUnsafeCurrencies) {
  std::vector<StageCost> stages = {{.stage = "embed", .wall_seconds = 0.036}};
  const std::string text =
      CostToText(MakeCostReport(stages, {.per_machine_hour = 1.234, .currency = "\x1b[31m"}, {}));
  EXPECT_THAT(text, HasSubstr("  0.0000123 \xEF\xBF\xBD[31m\n"));
}

}  // namespace
}  // namespace llmembed::eval
