// Lines of a report that several verbs print.
#pragma once

#include <string>
#include <vector>

#include "llmembed/data.h"
#include "llmembed/embed.h"

namespace llmembed::cli {

// "10,043 texts embedded, 0 from the store ...": always begins with that number. A second line
// when texts were cut.
std::string ExtractionLines(const ExtractionReport& report);

// One line each, under a title; "" when there are none.
std::string IssueLines(const std::vector<DataIssue>& issues);

}  // namespace llmembed::cli
