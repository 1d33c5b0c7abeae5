// Encoders: every token reads every token of its text.
#pragma once

#include "backbone/arch/architecture.h"

namespace llmembed::backbone {

const Architecture& Bert();
const Architecture& Roberta();
const Architecture& XlmRoberta();
const Architecture& DistilBert();
const Architecture& Mpnet();

// The sizes under the keys that BERT and those after it use.
std::vector<SizeKey> BertSizes();

}  // namespace llmembed::backbone
