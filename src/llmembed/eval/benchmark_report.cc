// A benchmark as JSON for programs and as a table for people.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "eval/comparison_report.h"
#include "eval/cost.h"
#include "eval/decimal.h"
#include "eval/report.h"
#include "eval/text_table.h"
#include "eval/units.h"
#include "llmembed/benchmark.h"

namespace llmembed::eval {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr size_t kNameWidth = 60;

OrderedJson RowToJson(const BenchmarkRow& row) {
  OrderedJson json = {{"name", row.name},
                      {"head", row.head},
                      {"accuracy", row.accuracy},
                      {"deviation", row.deviation},
                      {"interval", {row.low, row.high}},
                      {"macro_f1", row.macro_f1},
                      {"train_seconds", row.train_seconds},
                      {"features", row.features},
                      {"texts_embedded", row.extraction.embedded},
                      {"texts_from_store", row.extraction.from_store},
                      {"tokens", row.extraction.tokens},
                      {"embed_seconds", row.extraction.seconds},
                      {"weight_bytes", row.extraction.weight_bytes},
                      {"lengths", LengthsToJson(row.extraction.lengths)},
                      {"cost", CostToJson(row.cost)},
                      {"runs", OrderedJson::array()}};
  for (const BenchmarkRun& run : row.runs) {
    json["runs"].push_back({{"seed", run.seed},
                            {"correct", run.correct},
                            {"accuracy", run.accuracy},
                            {"micro_f1", run.accuracy},  // the same where each text has one label
                            {"macro_f1", run.macro_f1},
                            {"train_seconds", run.train_seconds},
                            {"collapsed", run.is_collapsed}});
  }
  return json;
}

// "834", or "833-835" over the runs.
std::string CorrectRange(const BenchmarkRow& row) {
  uint64_t least = row.runs.front().correct;
  uint64_t most = least;
  for (const BenchmarkRun& run : row.runs) {
    least = std::min(least, run.correct);
    most = std::max(most, run.correct);
  }
  return std::to_string(least) + (least == most ? "" : "-" + std::to_string(most));
}

std::string EmbedCell(const BenchmarkRow& row) {
  const ExtractionReport& extraction = row.extraction;
  if (extraction.texts == 0) return "-";
  return FixedDecimal(extraction.seconds, 1) +
         (extraction.embedded < extraction.texts ? " (store)" : "");
}

// Of backbones.
std::string WeightsCell(const BenchmarkRow& row) {
  return row.extraction.texts == 0 ? "-" : Memory(row.extraction.weight_bytes);
}

std::string AccuracyTable(const BenchmarkReport& report) {
  TextTable table;
  table.AddRow({"recipe", "accuracy %", "+-", "95 % from", "to", "correct", "macro-F1 %",
                "features", "weights", "embed s", "train s"});
  for (const BenchmarkRow& row : report.rows) {
    table.AddRow({CellText(row.name, kNameWidth), Percent(row.accuracy), Percent(row.deviation),
                  Percent(row.low), Percent(row.high), CorrectRange(row), Percent(row.macro_f1),
                  std::to_string(row.features), WeightsCell(row), EmbedCell(row),
                  FixedDecimal(row.train_seconds, 2)});
  }
  return table.Format();
}

std::string Warnings(const BenchmarkReport& report) {
  std::string text;
  for (const BenchmarkRow& row : report.rows) {
    for (const BenchmarkRun& run : row.runs) {
      if (!run.is_collapsed) continue;
      text += "warning: " + CellText(row.name, kNameWidth) + " with seed " +
              std::to_string(run.seed) + " predicts one class only\n";
    }
  }
  if (report.test_texts_in_train > 0) {
    text += "warning: " + std::to_string(report.test_texts_in_train) + " of " +
            std::to_string(report.test_texts) + " test texts stand in the training texts as well\n";
  }
  const BenchmarkRow& lexical = report.rows.front();
  for (size_t i = 1; i < report.rows.size(); ++i) {
    if (report.rows[i].accuracy > lexical.accuracy) continue;
    text += CellText(report.rows[i].name, kNameWidth) +
            " is not better than counting words: its backbones are not worth their cost here\n";
  }
  return text;
}

// What one training took, by stage. Of a comparison the ways' tables have it.
std::string Costs(const BenchmarkReport& report) {
  if (report.comparison) return "";
  std::string text = "\nwith the first seed:\n";
  for (const BenchmarkRow& row : report.rows) {
    text += CellText(row.name, kNameWidth) + ": " + CostToLine(row.cost) + "\n";
    text += MoneyToText(row.cost);
  }
  return text;
}

std::string PaperTable(const BenchmarkReport& report) {
  if (report.paper.empty()) return "";
  TextTable table;
  table.AddRow({"reported by the paper", "accuracy %"});
  for (const PaperResult& result : report.paper) {
    table.AddRow({result.method, Percent(result.accuracy)});
  }
  const std::string& difference = report.paper.front().not_comparable;
  return "\n" + table.Format() + "other backbones" + (difference.empty() ? "" : "; " + difference) +
         (difference.empty() ? "\n" : ": not comparable\n");
}

}  // namespace

std::string BenchmarkToJsonText(const BenchmarkReport& report) {
  OrderedJson json = {{"data_set", report.data_set},
                      {"train_texts", report.train_texts},
                      {"test_texts", report.test_texts},
                      {"labels", report.labels},
                      {"test_texts_in_train", report.test_texts_in_train},
                      {"rows", OrderedJson::array()},
                      {"paper", OrderedJson::array()}};
  for (const BenchmarkRow& row : report.rows) json["rows"].push_back(RowToJson(row));
  for (const PaperResult& result : report.paper) {
    json["paper"].push_back({{"method", result.method},
                             {"accuracy", result.accuracy},
                             {"not_comparable", result.not_comparable}});
  }
  if (report.comparison) json["comparison"] = ComparisonToJson(*report.comparison);
  return JsonText(json);
}

std::string BenchmarkToText(const BenchmarkReport& report) {
  const size_t seeds = report.rows.back().runs.size();
  return CellText(report.data_set, kNameWidth) + ": " + std::to_string(report.train_texts) +
         " texts to train on, " + std::to_string(report.test_texts) + " to test on, " +
         std::to_string(report.labels.size()) + " classes, " + std::to_string(seeds) +
         (seeds == 1 ? " seed\n\n" : " seeds\n\n") + AccuracyTable(report) + Warnings(report) +
         Costs(report) + PaperTable(report) +
         (report.comparison ? ComparisonToText(*report.comparison) : "");
}

}  // namespace llmembed::eval
