// `llmembed inspect`: what a bundle, a model or a store is.
#include <memory>

#include "command.h"
#include "llmembed/inspect.h"
#include "text_format.h"

namespace llmembed::cli {
namespace {

constexpr const char* kDescription =
    "Shows what a bundle, a model's folder or an embedding store is. With --json: everything "
    "known of it.";

constexpr const char* kExamples = R"(Examples:
  llmembed inspect reviews.bundle
  llmembed inspect minilm --json
)";

struct Arguments {
  std::string path;
  bool as_json = false;
};

Status Run(const Arguments& arguments, Session& session) {
  LLMEMBED_ASSIGN_OR_RETURN(const Inspection inspection, Inspect(arguments.path, session.context));
  if (arguments.as_json) return session.output->Write(inspection.json);
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, value] : inspection.facts) {
    rows.push_back({Printable(name), Printable(value)});
  }
  return session.output->Write(FormatColumns(rows));
}

}  // namespace

void AddInspectCommand(CommandList* list) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* app = list->root->add_subcommand("inspect", kDescription)->footer(kExamples);
  app->add_option("BUNDLE|MODEL|STORE", arguments->path,
                  "Folder of one of the three, or a model's name")
      ->required();
  AddJsonOption(app, &arguments->as_json);
  AddRunOptions(app, list->run_options);
  list->commands.push_back(
      {app, [=](Session& session) { return Run(*arguments, session); }, Kept::kNothing});
}

}  // namespace llmembed::cli
