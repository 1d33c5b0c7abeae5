// The program's exit codes: one for each kind of error (docs/cli.md).
#pragma once

#include "llmembed/status.h"

namespace llmembed::cli {

// What a shell reports for a process that a signal ended: 130 for SIGINT, 143 for SIGTERM.
constexpr int ExitCodeOfSignal(int signal) { return 128 + signal; }

int ExitCode(StatusCode code);

}  // namespace llmembed::cli
