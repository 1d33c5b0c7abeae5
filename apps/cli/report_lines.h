// Lines of a report that several verbs print.
#pragma once

#include <string>
#include <vector>

#include "llmembed/data.h"
#include "llmembed/embed.h"

namespace llmembed::cli {

// What the length rules did, for each backbone with texts longer than it reads: how many, what
// share of all tokens was cut, and of which classes. "" when there are none.
std::string LengthLines(const std::vector<LengthReport>& lengths);

// "10,043 texts embedded, 0 from the store ...": always begins with that number. Then LengthLines.
std::string ExtractionLines(const ExtractionReport& report);

// One line each, under a title; "" when there are none.
std::string IssueLines(const std::vector<DataIssue>& issues);

}  // namespace llmembed::cli
