// A program started and waited for, by the clock.
#pragma once

#include <string>
#include <vector>

#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed::pipeline {

// Seconds from its start to its end, to a millisecond. arguments[0]: its path. It reads nothing,
// and what it prints is dropped. kIo: it cannot be started; kInternal: it ended with an error;
// kCancelled: it was ended when the context was cancelled.
Result<double> TimeProgram(const std::vector<std::string>& arguments, const RunContext& context);

}  // namespace llmembed::pipeline
