// What is written for a label in a prompt.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "llmembed/prompt.h"
#include "llmembed/status.h"

namespace llmembed::prompt {

// [labels]: the words that `given` has for a label, else its own name with '_' read as a blank.
// kUsage: words for a label that is not there, or twice; empty words; two labels with the same.
Result<std::vector<std::string>> LabelWords(std::span<const std::string> labels,
                                            std::span<const LabelWording> given);

}  // namespace llmembed::prompt
