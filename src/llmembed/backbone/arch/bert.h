// The table of BERT.
#pragma once

#include "backbone/arch/architecture.h"

namespace llmembed::backbone {

const Architecture& Bert();

}  // namespace llmembed::backbone
