// Options that say how a language model is asked: of `prompt`, and of `benchmark --compare prompt`.
#pragma once

#include "llmembed/prompt.h"
#include "options.h"

namespace llmembed::cli {

// As they are given; Settings() has the numbers in their places.
struct PromptArguments {
  PromptSettings given;
  uint64_t shots = PromptSettings().shots;
  uint64_t max_tokens = 0;

  PromptSettings Settings() const;
};

// --shots, --demonstrations, --embedding-model, --labels and --template.
void AddWordingOptions(CLI::App* app, PromptArguments* arguments);

// --max-tokens, --dtype and --special-tokens.
void AddReadingOptions(CLI::App* app, PromptArguments* arguments);

}  // namespace llmembed::cli
