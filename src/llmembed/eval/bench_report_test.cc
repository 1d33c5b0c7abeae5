#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "llmembed/bench.h"

namespace llmembed::eval {
namespace {

using testing::HasSubstr;
using testing::Not;

BenchReport SomeReport() {
  BenchReport report;
  report.instruction_set = "avx512_bf16";
  report.threads = 2;
  report.model = "minilm";
  report.compute_type = "bf16";
  report.layers = 6;
  report.flops_per_token = 2e7;
  report.weight_bytes = 70'000'000;
  const BenchRate rate{.median = 950.0, .low = 900.0, .high = 960.0, .kept = 5, .rejected = 2};
  const BenchProduct own{.compute_type = "bf16",
                         .way = "llmembed",
                         .rows = 512,
                         .inputs = 384,
                         .outputs = 1536,
                         .gflops = rate};
  BenchProduct onednn = own;
  onednn.way = "onednn";
  onednn.gflops.median = 855.0;
  report.peaks.push_back(
      {.compute_type = "bf16", .best = own, .onednn_best = onednn, .products = {own, onednn}});
  report.extractions.push_back({.texts = "128 tokens",
                                .text_count = 8,
                                .tokens = 1024,
                                .tokens_per_second = rate,
                                .texts_per_second = 7.4,
                                .gflops = 760.0,
                                .share_of_peak = 0.8});
  report.latencies.push_back(
      {.what = "a vector", .calls = 200, .p50_milliseconds = 1.5, .p99_milliseconds = 2.25});
  return report;
}

TEST(BenchReportTest, JsonHasEveryMember) {
  const std::string text = BenchToJsonText(SomeReport());
  EXPECT_EQ(text.back(), '\n');
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json["model"], "minilm");
  EXPECT_TRUE(json["memory_gigabytes_per_second"].is_null());
  EXPECT_EQ(json["peaks"][0]["best"]["way"], "llmembed");
  EXPECT_EQ(json["peaks"][0]["onednn_best"]["gflops"]["median"], 855.0);
  EXPECT_EQ(json["peaks"][0]["products"].size(), 2U);
  const auto& extraction = json["extractions"][0];
  EXPECT_EQ(extraction["share_of_peak"], 0.8);
  EXPECT_TRUE(extraction["share_of_onednn"].is_null());
  EXPECT_EQ(extraction["tokens_per_second"]["rejected"], 2);
  EXPECT_TRUE(json["trainings"].empty() && json["starts"].empty());
  EXPECT_EQ(json["latencies"][0]["p99_milliseconds"], 2.25);
}

TEST(BenchReportTest, TheTableNamesWhatWasMeasuredAndNothingElse) {
  BenchReport report = SomeReport();
  const std::string text = BenchToText(report);
  EXPECT_THAT(text, HasSubstr("minilm, 6 layers, bf16"));
  EXPECT_THAT(text, HasSubstr("peak bf16: llmembed, 512 x 384 x 1536"));
  EXPECT_THAT(text, HasSubstr("90.0 %"));  // oneDNN's best of it
  EXPECT_THAT(text, HasSubstr("5, 2 rejected"));
  EXPECT_THAT(text, HasSubstr("80.0 %"));
  EXPECT_THAT(text, Not(HasSubstr("train")));
  report.extractions[0].tokens_per_second.is_disturbed = true;
  EXPECT_THAT(BenchToText(report), HasSubstr("disturbed"));
}

}  // namespace
}  // namespace llmembed::eval
