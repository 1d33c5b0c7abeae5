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
  json["seconds"] = extraction.seconds;
  json["weight_bytes"] = extraction.weight_bytes;
  json["compute_type"] = extraction.compute_type;
  json["instruction_set"] = extraction.instruction_set;
  json["lengths"] = LengthsToJson(extraction.lengths);
  return json;
}

void AddCount(const LengthCount& count, OrderedJson* json) {
  (*json)["texts"] = count.texts;
  (*json)["tokens"] = count.tokens;
  (*json)["long_texts"] = count.long_texts;
  (*json)["cut_texts"] = count.cut_texts;
  (*json)["cut_tokens"] = count.cut_tokens;
  (*json)["cut_share"] = count.cut_share();
}

}  // namespace

nlohmann::ordered_json OrNull(const std::optional<double>& value) {
  return value ? OrderedJson(*value) : OrderedJson();
}

nlohmann::ordered_json LengthsToJson(std::span<const LengthReport> lengths) {
  OrderedJson list = OrderedJson::array();
  for (const LengthReport& report : lengths) {
    OrderedJson json;
    json["backbone"] = report.backbone;
    json["max_tokens"] = report.max_tokens;
    json["on_long_text"] = OnLongTextName(report.on_long_text);
    AddCount(report.all, &json);
    json["classes"] = OrderedJson::array();
    for (const LengthCount& count : report.classes) {
      OrderedJson entry;
      entry["label"] = count.label;
      AddCount(count, &entry);
      json["classes"].push_back(std::move(entry));
    }
    list.push_back(std::move(json));
  }
  return list;
}

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

std::string JsonText(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

std::string ReportToJsonText(const EvaluationReport& report) {
  return JsonText(ReportToJson(report));
}

}  // namespace llmembed::eval
