#include "eval/report.h"

namespace llmembed::eval {
namespace {

using OrderedJson = nlohmann::ordered_json;

OrderedJson ClassToJson(const ClassMetrics& metrics) {
  OrderedJson json;
  json["label"] = metrics.label;
  json["support"] = metrics.support;
  json["predicted"] = metrics.predicted;
  json["precision"] = metrics.precision;
  json["recall"] = metrics.recall;
  json["f1"] = metrics.f1;
  return json;
}

OrderedJson IssueToJson(const DataIssue& issue) {
  OrderedJson json;
  json["kind"] = issue.kind;
  json["policy"] = issue.policy;
  json["path"] = issue.path;
  json["count"] = issue.count;
  json["lines"] = issue.lines;
  return json;
}

OrderedJson ExtractionToJson(const ExtractionReport& extraction) {
  OrderedJson json;
  json["texts"] = extraction.texts;
  json["embedded"] = extraction.embedded;
  json["from_store"] = extraction.from_store;
  json["tokens"] = extraction.tokens;
  json["cut_texts"] = extraction.cut_texts;
  json["cut_tokens"] = extraction.cut_tokens;
  json["seconds"] = extraction.seconds;
  json["compute_type"] = extraction.compute_type;
  json["instruction_set"] = extraction.instruction_set;
  return json;
}

}  // namespace

nlohmann::ordered_json ReportToJson(const EvaluationReport& report) {
  OrderedJson json;
  json["n"] = report.n;
  json["correct"] = report.correct;
  json["accuracy"] = report.accuracy;
  json["accuracy_interval"] = {report.accuracy_low, report.accuracy_high};
  json["macro_f1"] = report.macro_f1;
  json["log_loss"] = report.log_loss;
  OrderedJson labels = OrderedJson::array();
  json["classes"] = OrderedJson::array();
  for (const ClassMetrics& metrics : report.classes) {
    labels.push_back(metrics.label);
    json["classes"].push_back(ClassToJson(metrics));
  }
  json["confusion"]["labels"] = std::move(labels);
  json["confusion"]["matrix"] = report.confusion;
  json["issues"] = OrderedJson::array();
  for (const DataIssue& issue : report.issues) json["issues"].push_back(IssueToJson(issue));
  json["extraction"] = ExtractionToJson(report.extraction);
  return json;
}

std::string ReportToJsonText(const EvaluationReport& report) {
  constexpr auto kReplaceInvalidUtf8 = OrderedJson::error_handler_t::replace;
  return ReportToJson(report).dump(2, ' ', false, kReplaceInvalidUtf8) + "\n";
}

}  // namespace llmembed::eval
