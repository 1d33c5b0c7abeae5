// A search as JSON for programs and as tables for people.
#include <nlohmann/json.hpp>

#include "eval/cost.h"
#include "eval/decimal.h"
#include "eval/report.h"
#include "eval/text_table.h"
#include "llmembed/search.h"

namespace llmembed::eval {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr size_t kShown = 15;  // candidates, and what stands on the front
constexpr size_t kFusionWidth = 90;

std::vector<std::string> Row(const SearchCandidate& candidate) {
  return {CellText(candidate.fusion, kFusionWidth),
          candidate.head == "mlp" ? "MLP" : "linear",
          Percent(candidate.accuracy),
          Percent(candidate.deviation),
          std::to_string(candidate.features),
          FixedDecimal(candidate.milliseconds_per_text, 2),
          FixedDecimal(candidate.megabytes, 0),
          candidate.is_on_front ? "*" : "",
          candidate.test_accuracy ? Percent(*candidate.test_accuracy) : ""};
}

}  // namespace

std::string SearchToJsonText(const SearchReport& report) {
  OrderedJson json = {{"train_rows", report.train_rows},
                      {"test_rows", report.test_rows},
                      {"repeats", report.repeats},
                      {"cut_short", report.is_cut_short},
                      {"lexical_accuracy", report.lexical_accuracy},
                      {"candidates", OrderedJson::array()},
                      {"cost", CostToJson(report.cost)},
                      {"recipe", report.recipe},
                      {"files", report.files}};
  for (const SearchCandidate& candidate : report.candidates) {
    json["candidates"].push_back({{"stage", candidate.stage},
                                  {"fusion", candidate.fusion},
                                  {"head", candidate.head},
                                  {"accuracy", candidate.accuracy},
                                  {"deviation", candidate.deviation},
                                  {"log_loss", candidate.log_loss},
                                  {"features", candidate.features},
                                  {"milliseconds_per_text", candidate.milliseconds_per_text},
                                  {"megabytes", candidate.megabytes},
                                  {"pareto_front", candidate.is_on_front},
                                  {"test_accuracy", OrNull(candidate.test_accuracy)}});
  }
  return JsonText(json);
}

std::string SearchToText(const SearchReport& report) {
  TextTable table;
  table.AddRow(
      {"fusion", "head", "accuracy %", "+-", "features", "ms a text", "MB", "front", "test %"});
  for (size_t i = 0; i < report.candidates.size(); ++i) {
    if (i < kShown || report.candidates[i].is_on_front) table.AddRow(Row(report.candidates[i]));
  }
  std::string text = std::to_string(report.candidates.size()) + " candidates on " +
                     std::to_string(report.train_rows) + " texts, each trained and measured " +
                     std::to_string(report.repeats) + " times on different parts of them" +
                     (report.is_cut_short ? "; cut short by the time limit" : "") + "\n\n" +
                     table.Format() + "\ncounting words: " + Percent(report.lexical_accuracy) +
                     " %\n";
  if (report.candidates.front().accuracy <= report.lexical_accuracy) {
    text +=
        "No candidate is better than counting words: the backbones are not worth their cost "
        "here.\n";
  }
  if (report.test_rows > 0) {
    text += "test %: on " + std::to_string(report.test_rows) +
            " texts that nothing was chosen by; of the best and of single layers\n";
  }
  return text;
}

}  // namespace llmembed::eval
