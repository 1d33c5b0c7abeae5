// Embedding against prompting, within a benchmark's report.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "llmembed/benchmark.h"

namespace llmembed::eval {

// {model, template, labels, shots, demonstrations, texts, methods [{name, prompting, texts,
// correct, accuracy, interval, macro_f1, tokens, reused_tokens, cut_texts,
// seconds_per_further_text, cost}], ratios [{embedding, prompting, accuracy_points, time,
// further_text, tokens, peak_memory, energy}], paper}. Ratios are of one; what was not measured is
// null.
nlohmann::ordered_json ComparisonToJson(const PromptComparison& comparison);

// The table of both ways, what embedding takes of what prompting takes, what a stage took, and the
// paper's claims.
std::string ComparisonToText(const PromptComparison& comparison);

}  // namespace llmembed::eval
