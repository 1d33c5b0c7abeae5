// Runs another program, without a shell, and listens to its complaints.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed::hub {

struct Command {
  std::vector<std::string> arguments;    // [0]: the program, looked up in PATH
  std::vector<std::string> environment;  // "NAME=value", in place of the inherited ones
  std::string working_folder;
  std::function<void()> on_tick;  // called about five times a second meanwhile; may be null
};

struct CommandResult {
  int exit_code = 0;       // 128 + the signal when a signal ended it
  std::string error_tail;  // the last 4 KiB it wrote to standard error, as valid UTF-8
};

// Waits for the end. When the context is cancelled the program and its children are ended (asked
// first, then forced after two seconds) and the error is kCancelled. kNotFound: no such program.
Result<CommandResult> RunCommand(const Command& command, const RunContext& context);

}  // namespace llmembed::hub
