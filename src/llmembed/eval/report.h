// An evaluation as JSON for programs and as a table for people.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>

#include "llmembed/evaluate.h"

namespace llmembed::eval {

// Indented by two, ending in a newline; what is not UTF-8 gets U+FFFD.
std::string JsonText(const nlohmann::ordered_json& json);

// The number, or null where there is none.
nlohmann::ordered_json OrNull(const std::optional<double>& value);

// Keys in this order: n, correct, accuracy, accuracy_interval [low, high], macro_f1, log_loss,
// classes [{label, support, predicted, precision, recall, f1}], confusion {labels, matrix
// [true][predicted]}, issues [{kind, policy, path, count, lines}], extraction {...}.
nlohmann::ordered_json ReportToJson(const EvaluationReport& report);

// [{backbone, max_tokens, on_long_text, texts, tokens, long_texts, cut_texts, cut_tokens,
// cut_share, classes [{label, texts, ...}]}], one a backbone.
nlohmann::ordered_json LengthsToJson(std::span<const LengthReport> lengths);

// ReportToJson as text: indented by two, ending in a newline. Labels that are not UTF-8 get U+FFFD.
std::string ReportToJsonText(const EvaluationReport& report);

// The figures, a table of the classes, and where the errors go: the confusion matrix for up to
// 12 classes, else the most frequent confusions. Columns are aligned by code points; control
// characters in labels are replaced.
std::string ReportToText(const EvaluationReport& report);

}  // namespace llmembed::eval
