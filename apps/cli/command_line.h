// From the words of the command line to the verb they ask for.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <variant>

#include "command.h"
#include "llmembed/status.h"
#include "options.h"

namespace llmembed::cli {

// --help or --version: the text to print.
struct InformationAsked {
  std::string text;
};

// Words that make no sense: what is wrong, and where to read what would.
struct UsageFault {
  Status status;
  std::string hint;
};

class CommandLine {
 public:
  CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  // The command lives as long as this object. To be called once.
  std::variant<const Command*, InformationAsked, UsageFault> Parse(int argc,
                                                                   const char* const* argv);

  const RunOptions& run_options() const { return run_options_; }

 private:
  // The verb the words have led to so far; the root at first.
  const CLI::App& Deepest() const;

  CLI::App root_;
  RunOptions run_options_;
  CommandList list_;
};

// "see: llmembed train --help"
std::string HelpHint(const CLI::App& app);

}  // namespace llmembed::cli
