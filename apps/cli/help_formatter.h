// Lays out --help: usage, what the verb does, arguments, options, examples; 80 columns.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace llmembed::cli {

class HelpFormatter : public CLI::FormatterBase {
 public:
  std::string make_help(const CLI::App* app, std::string parents,
                        CLI::AppFormatMode mode) const override;
};

// "train DATA -o BUNDLE [options]" behind the program's and its parents' names.
std::string UsageLine(const CLI::App& app);

// "llmembed store prune": the names from the program down to this verb.
std::string FullName(const CLI::App& app);

}  // namespace llmembed::cli
