// A bench as JSON for programs and as a table for people.
#include <nlohmann/json.hpp>

#include "eval/decimal.h"
#include "eval/report.h"
#include "eval/text_table.h"
#include "eval/units.h"
#include "llmembed/bench.h"

namespace llmembed::eval {
namespace {

using BenchJson = nlohmann::ordered_json;

BenchJson RateToJson(const BenchRate& rate) {
  return {{"median", rate.median},     {"low", rate.low},
          {"high", rate.high},         {"kept", rate.kept},
          {"rejected", rate.rejected}, {"is_disturbed", rate.is_disturbed}};
}

BenchJson ProductToJson(const BenchProduct& product) {
  return {{"compute_type", product.compute_type},
          {"way", product.way},
          {"rows", product.rows},
          {"inputs", product.inputs},
          {"outputs", product.outputs},
          {"gflops", RateToJson(product.gflops)}};
}

BenchJson PeakToJson(const BenchPeak& peak) {
  BenchJson products = BenchJson::array();
  for (const BenchProduct& product : peak.products) products.push_back(ProductToJson(product));
  return {{"compute_type", peak.compute_type},
          {"best", ProductToJson(peak.best)},
          {"onednn_best", ProductToJson(peak.onednn_best)},
          {"products", std::move(products)}};
}

BenchJson ExtractionToJson(const BenchExtraction& extraction) {
  return {{"texts", extraction.texts},
          {"text_count", extraction.text_count},
          {"tokens", extraction.tokens},
          {"tokens_per_second", RateToJson(extraction.tokens_per_second)},
          {"texts_per_second", extraction.texts_per_second},
          {"gflops", extraction.gflops},
          {"share_of_peak", OrNull(extraction.share_of_peak)},
          {"share_of_onednn", OrNull(extraction.share_of_onednn)}};
}

BenchJson TrainingToJson(const BenchTraining& training) {
  return {{"head", training.head},
          {"rows", training.rows},
          {"features", training.features},
          {"classes", training.classes},
          {"rows_per_second", RateToJson(training.rows_per_second)},
          {"seconds_per_epoch", training.seconds_per_epoch},
          {"gflops", training.gflops},
          {"share_of_peak", OrNull(training.share_of_peak)}};
}

// Three digits that count, or all before the point.
std::string Digits(double value) {
  const int digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : value >= 0.9995 ? 2 : 4;
  return FixedDecimal(value, digits);
}

std::string RangeText(double low, double high) { return Digits(low) + " - " + Digits(high); }

std::string Kept(const BenchRate& rate) {
  const std::string kept = std::to_string(rate.kept);
  if (rate.is_disturbed) return kept + ", disturbed";
  return rate.rejected == 0 ? kept : kept + ", " + std::to_string(rate.rejected) + " rejected";
}

std::string ShareText(const std::optional<double>& share) {
  return share ? FixedDecimal(100.0 * *share, 1) + " %" : "";
}

// A row of the table: what, a figure with its unit and range, and shares.
struct BenchLine {
  std::string what;
  double value = 0.0;
  std::string unit;
  std::string range;
  std::string runs;
  double gflops = 0.0;
  std::string of_peak;
  std::string of_onednn;
};

BenchLine RateLine(std::string what, const BenchRate& rate, std::string unit) {
  return {.what = std::move(what),
          .value = rate.median,
          .unit = std::move(unit),
          .range = RangeText(rate.low, rate.high),
          .runs = Kept(rate)};
}

std::string ProductName(const BenchProduct& product) {
  const std::string way = product.way == "onednn"          ? "oneDNN a core"
                          : product.way == "onednn_shared" ? "oneDNN on all cores"
                                                           : "llmembed";
  return way + ", " + std::to_string(product.rows) + " x " + std::to_string(product.inputs) +
         " x " + std::to_string(product.outputs);
}

void AddPeaks(const BenchReport& report, std::vector<BenchLine>* lines) {
  for (const BenchPeak& peak : report.peaks) {
    lines->push_back(RateLine("peak " + peak.compute_type + ": " + ProductName(peak.best),
                              peak.best.gflops, "GFLOP/s"));
    if (peak.best.way == peak.onednn_best.way) continue;
    lines->push_back(RateLine("  oneDNN's best: " + ProductName(peak.onednn_best),
                              peak.onednn_best.gflops, "GFLOP/s"));
    lines->back().of_peak = ShareText(peak.onednn_best.gflops.median / peak.best.gflops.median);
  }
  if (report.memory_gigabytes_per_second) {
    lines->push_back(RateLine("memory, read", *report.memory_gigabytes_per_second, "GB/s"));
  }
}

void AddWork(const BenchReport& report, std::vector<BenchLine>* lines) {
  for (const BenchExtraction& extraction : report.extractions) {
    BenchLine line =
        RateLine("extract, " + extraction.texts, extraction.tokens_per_second, "tokens/s");
    line.gflops = extraction.gflops;
    line.of_peak = ShareText(extraction.share_of_peak);
    line.of_onednn = ShareText(extraction.share_of_onednn);
    lines->push_back(std::move(line));
    lines->push_back({.what = "", .value = extraction.texts_per_second, .unit = "texts/s"});
  }
  for (const BenchTraining& training : report.trainings) {
    BenchLine line = RateLine(
        "train, " + training.head + " on " + std::to_string(training.features) + " features",
        training.rows_per_second, "rows/s");
    line.gflops = training.gflops;
    line.of_peak = ShareText(training.share_of_peak);
    lines->push_back(std::move(line));
    lines->push_back({.what = "  an epoch of " + std::to_string(training.rows) + " rows",
                      .value = training.seconds_per_epoch,
                      .unit = "s"});
  }
}

void AddWaiting(const BenchReport& report, std::vector<BenchLine>* lines) {
  for (const BenchStart& start : report.starts) {
    lines->push_back({.what = "start to " + start.what,
                      .value = start.seconds,
                      .unit = "s",
                      .range = RangeText(start.low, start.high),
                      .runs = std::to_string(start.runs)});
  }
  for (const BenchLatency& latency : report.latencies) {
    lines->push_back({.what = latency.what + " of a short text, p50",
                      .value = latency.p50_milliseconds,
                      .unit = "ms",
                      .runs = std::to_string(latency.calls)});
    lines->push_back({.what = "  p99", .value = latency.p99_milliseconds, .unit = "ms"});
  }
}

}  // namespace

std::string BenchToJsonText(const BenchReport& report) {
  BenchJson json = {{"instruction_set", report.instruction_set},
                    {"threads", report.threads},
                    {"model", report.model},
                    {"is_random", report.is_random},
                    {"compute_type", report.compute_type},
                    {"layers", report.layers},
                    {"flops_per_token", report.flops_per_token},
                    {"weight_bytes", report.weight_bytes},
                    {"memory_gigabytes_per_second", nullptr},
                    {"peaks", BenchJson::array()},
                    {"extractions", BenchJson::array()},
                    {"trainings", BenchJson::array()},
                    {"starts", BenchJson::array()},
                    {"latencies", BenchJson::array()},
                    {"growth_files", report.growth_files}};
  if (report.memory_gigabytes_per_second) {
    json["memory_gigabytes_per_second"] = RateToJson(*report.memory_gigabytes_per_second);
  }
  for (const BenchPeak& peak : report.peaks) json["peaks"].push_back(PeakToJson(peak));
  for (const auto& extraction : report.extractions) {
    json["extractions"].push_back(ExtractionToJson(extraction));
  }
  for (const auto& training : report.trainings) {
    json["trainings"].push_back(TrainingToJson(training));
  }
  for (const BenchStart& start : report.starts) {
    json["starts"].push_back({{"what", start.what},
                              {"runs", start.runs},
                              {"seconds", start.seconds},
                              {"low", start.low},
                              {"high", start.high}});
  }
  for (const BenchLatency& latency : report.latencies) {
    json["latencies"].push_back({{"what", latency.what},
                                 {"calls", latency.calls},
                                 {"p50_milliseconds", latency.p50_milliseconds},
                                 {"p99_milliseconds", latency.p99_milliseconds}});
  }
  return JsonText(json);
}

std::string BenchToText(const BenchReport& report) {
  std::vector<BenchLine> lines;
  AddPeaks(report, &lines);
  AddWork(report, &lines);
  AddWaiting(report, &lines);
  TextTable table;
  table.AddRow({"", "median", "", "range", "runs", "GFLOP/s", "of peak", "of oneDNN"});
  for (const BenchLine& line : lines) {
    table.AddRow({line.what, Digits(line.value), line.unit, line.range, line.runs,
                  line.gflops > 0.0 ? Digits(line.gflops) : "", line.of_peak, line.of_onednn});
  }
  return CellText(report.model, 60) + (report.is_random ? " (random weights)" : "") + ", " +
         std::to_string(report.layers) + " layers, " + report.compute_type + ", " +
         Memory(report.weight_bytes) + ", " + Digits(report.flops_per_token * 1e-6) +
         " MFLOP a token; " + report.instruction_set + ", " + std::to_string(report.threads) +
         (report.threads == 1 ? " thread" : " threads") + "\n\n" + table.Format();
}

}  // namespace llmembed::eval
