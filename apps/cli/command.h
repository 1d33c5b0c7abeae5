// A verb of the program: its options, and what it does.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "llmembed/run_context.h"
#include "llmembed/status.h"
#include "options.h"
#include "standard_output.h"

namespace llmembed::cli {

// What a running verb works with.
struct Session {
  RunContext context;
  StandardOutput* output;
};

// What stays when the user stops a verb.
enum class Kept { kNothing, kVectors, kDownload };

struct Command {
  CLI::App* app;
  std::function<Status(Session&)> run;
  Kept kept;
};

// All verbs, while they are being declared.
struct CommandList {
  CLI::App* root;
  RunOptions* run_options;  // filled by whichever verb is called
  std::vector<Command> commands;
};

// Each verb's file declares it to the parser and to the list.
void AddTrainCommand(CommandList* list);
void AddEvaluateCommand(CommandList* list);
void AddPredictCommand(CommandList* list);
void AddPromptCommand(CommandList* list);
void AddEmbedCommand(CommandList* list);
void AddTokenizeCommand(CommandList* list);
void AddInspectCommand(CommandList* list);
void AddVerifyCommand(CommandList* list);
void AddBenchCommand(CommandList* list);
void AddBenchmarkCommand(CommandList* list);
void AddModelsCommands(CommandList* list);
void AddSearchCommand(CommandList* list);
void AddRecipesCommands(CommandList* list);
void AddStoreCommands(CommandList* list);

}  // namespace llmembed::cli
