#include <algorithm>

#include "eval/decimal.h"
#include "eval/report.h"
#include "eval/text_table.h"

namespace llmembed::eval {
namespace {

constexpr size_t kLargestMatrix = 12;  // classes
constexpr size_t kTopConfusions = 15;
constexpr size_t kLabelWidth = 40;
constexpr size_t kColumnLabelWidth = 10;

std::string Figures(const EvaluationReport& report) {
  TextTable table;
  table.AddRow({"texts", std::to_string(report.n)});
  table.AddRow({"correct", std::to_string(report.correct)});
  table.AddRow({"accuracy", FixedDecimal(report.accuracy, 4)});
  table.AddRow({"  95 % from", FixedDecimal(report.accuracy_low, 4)});
  table.AddRow({"  95 % to", FixedDecimal(report.accuracy_high, 4)});
  table.AddRow({"macro-F1", FixedDecimal(report.macro_f1, 4)});
  table.AddRow({"log-loss", FixedDecimal(report.log_loss, 4)});
  return table.Format();
}

std::string ClassTable(const EvaluationReport& report) {
  TextTable table;
  table.AddRow({"label", "texts", "predicted", "precision", "recall", "F1"});
  for (const ClassMetrics& metrics : report.classes) {
    table.AddRow({CellText(metrics.label, kLabelWidth), std::to_string(metrics.support),
                  std::to_string(metrics.predicted), FixedDecimal(metrics.precision, 4),
                  FixedDecimal(metrics.recall, 4), FixedDecimal(metrics.f1, 4)});
  }
  return table.Format();
}

std::string ConfusionMatrix(const EvaluationReport& report) {
  TextTable table;
  std::vector<std::string> header = {"true \\ predicted"};
  for (const ClassMetrics& metrics : report.classes) {
    header.push_back(CellText(metrics.label, kColumnLabelWidth));
  }
  table.AddRow(std::move(header));
  for (size_t i = 0; i < report.classes.size(); ++i) {
    std::vector<std::string> row = {CellText(report.classes[i].label, kLabelWidth)};
    for (const uint64_t count : report.confusion[i]) {
      row.push_back(count == 0 ? "." : std::to_string(count));
    }
    table.AddRow(std::move(row));
  }
  return table.Format();
}

struct Confusion {
  size_t truth;
  size_t predicted;
  uint64_t count;
};

std::string TopConfusions(const EvaluationReport& report) {
  std::vector<Confusion> confusions;
  for (size_t i = 0; i < report.classes.size(); ++i) {
    for (size_t j = 0; j < report.classes.size(); ++j) {
      const uint64_t count = report.confusion[i][j];
      if (i != j && count > 0) confusions.push_back({i, j, count});
    }
  }
  if (confusions.empty()) return "no text was taken for another label\n";
  std::stable_sort(confusions.begin(), confusions.end(),
                   [](const Confusion& a, const Confusion& b) { return a.count > b.count; });
  confusions.resize(std::min(confusions.size(), kTopConfusions));
  TextTable table;
  table.AddRow({"true label", "taken for", "texts"});
  for (const Confusion& confusion : confusions) {
    table.AddRow({CellText(report.classes[confusion.truth].label, kLabelWidth),
                  CellText(report.classes[confusion.predicted].label, kLabelWidth),
                  std::to_string(confusion.count)});
  }
  return table.Format();
}

}  // namespace

std::string ReportToText(const EvaluationReport& report) {
  std::string text = Figures(report);
  if (report.n == 0) return text;
  text += "\n" + ClassTable(report) + "\n";
  text += report.classes.size() <= kLargestMatrix ? ConfusionMatrix(report) : TopConfusions(report);
  return text;
}

}  // namespace llmembed::eval
