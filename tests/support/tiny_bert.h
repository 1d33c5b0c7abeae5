// The small BERT of tests/golden/tiny_bert, and what transformers says its hidden states are.
#pragma once

#include <string>
#include <vector>

#include "support/expected_states.h"

namespace llmembed::test {

inline std::string TinyBertFolder() { return LLMEMBED_SOURCE_DIR "/tests/golden/tiny_bert"; }

inline std::vector<ExpectedText> ExpectedTexts() { return ExpectedTextsOf(TinyBertFolder()); }

}  // namespace llmembed::test
