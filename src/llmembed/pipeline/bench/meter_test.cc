#include "pipeline/bench/meter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backbone/arch/known_shapes.h"
#include "pipeline/bench/training_flops.h"

namespace llmembed::pipeline {
namespace {

using backbone::ShapeConfig;
using backbone::ShapeNames;

TEST(BenchMeterTest, MediansAndPercentiles) {
  EXPECT_EQ(Median({3.0, 1.0, 2.0}), 2.0);
  EXPECT_EQ(Median({4.0, 1.0, 2.0, 3.0}), 2.5);
  std::vector<double> values;
  for (int i = 200; i > 0; --i) values.push_back(i);
  EXPECT_EQ(Percentile(values, 0.5), 100.0);
  EXPECT_EQ(Percentile(values, 0.99), 198.0);
  EXPECT_EQ(Percentile({7.0}, 0.99), 7.0);
}

TEST(BenchMeterTest, RepetitionsBesideASlowProbeAreRejected) {
  const std::vector<Repetition> repetitions = {{10.0, 100.0, 100.0},
                                               {12.0, 86.0, 100.0},
                                               {5.0, 84.0, 100.0},   // slow before
                                               {6.0, 100.0, 50.0},   // slow behind
                                               {14.0, 90.0, 85.0}};  // just within
  const BenchRate rate = Summarise(repetitions, 100.0);
  EXPECT_EQ(rate.median, 12.0);
  EXPECT_EQ(rate.low, 10.0);
  EXPECT_EQ(rate.high, 14.0);
  EXPECT_EQ(rate.kept, 3U);
  EXPECT_EQ(rate.rejected, 2U);
  EXPECT_FALSE(rate.is_disturbed);
}

TEST(BenchMeterTest, WhereAllAreDisturbedAllCountAndItIsSaid) {
  const std::vector<Repetition> repetitions = {{1.0, 10.0, 10.0}, {3.0, 10.0, 10.0}};
  const BenchRate rate = Summarise(repetitions, 100.0);
  EXPECT_EQ(rate.median, 2.0);
  EXPECT_EQ(rate.kept, 2U);
  EXPECT_EQ(rate.rejected, 0U);
  EXPECT_TRUE(rate.is_disturbed);
}

TEST(BenchMeterTest, MeasuresAtLeastThreeTimesAndStopsWhenCancelled) {
  std::atomic<bool> cancelled = false;
  RunContext context;
  context.cancelled = &cancelled;
  base::ThreadPool pool(2);
  const auto meter = Meter::Create(&pool, 1e-6, context);
  ASSERT_TRUE(meter.ok()) << meter.status().message();
  size_t calls = 0;
  const auto rate = (*meter)->Measure([&](size_t) {
    ++calls;
    return Status();
  });
  ASSERT_TRUE(rate.ok());
  EXPECT_GE(rate->kept + rate->rejected, 3U);
  EXPECT_GE(calls, 4U);  // at least one before what is measured
  cancelled = true;
  EXPECT_EQ((*meter)->Measure([](size_t) { return Status(); }).status().code(),
            StatusCode::kCancelled);
}

TEST(BenchFlopsTest, LinearLayersOfAToken) {
  // 12 D^2 weights a layer where the inner width is 4 D.
  EXPECT_EQ(ShapeConfig("minilm")->config.LinearFlops(), 2.0 * 6 * 12 * 384 * 384);
  EXPECT_EQ(ShapeConfig("bert-large")->config.LinearFlops(), 2.0 * 24 * 12 * 1024 * 1024);
  // Gated: two matrices in, one out; keys and values of a third of the heads.
  EXPECT_EQ(ShapeConfig("smollm2")->config.LinearFlops(),
            2.0 * 30 * (576.0 * (576 + 2 * 192 + 576) + 3.0 * 576 * 1536));
  EXPECT_EQ(ShapeConfig("llama-2-7b:4")->config.LinearFlops(), 2.0 * 4 * 202'375'168.0);
}

TEST(BenchFlopsTest, ShapesThatAreNotThere) {
  for (const char* shape : {"", "bert", "minilm:0", "minilm:7", "minilm:", "minilm:2x"}) {
    EXPECT_EQ(ShapeConfig(shape).status().code(), StatusCode::kUsage) << shape;
  }
  for (const std::string& name : ShapeNames()) EXPECT_TRUE(ShapeConfig(name).ok()) << name;
}

TEST(BenchFlopsTest, TrainingARow) {
  const std::vector<uint32_t> hidden = {5};
  EXPECT_EQ(MlpFlops(10, hidden, 3), 4.0 * 10 * 5 + 6.0 * 5 * 3);
  EXPECT_EQ(MlpFlops(10, {}, 3), 4.0 * 10 * 3);
  EXPECT_EQ(LogisticFlops(10, 2), 40.0);
  EXPECT_EQ(LogisticFlops(10, 5), 200.0);
}

}  // namespace
}  // namespace llmembed::pipeline
