// `llmembed tokenize`: the ids that a backbone would read.
#include <memory>

#include "command.h"
#include "llmembed/embed.h"

namespace llmembed::cli {
namespace {

constexpr const char* kDescription =
    "Prints each text's token ids as a JSON array, one a line. Special tokens are included; "
    "nothing is cut or padded.";

constexpr const char* kExamples = R"(Examples:
  echo "Hello, world" | llmembed tokenize - --model minilm
  llmembed tokenize reviews.csv --text review --model ./all-MiniLM-L6-v2
)";

Status Run(const TokenizeOptions& options, Session& session) {
  std::string line;
  return Tokenize(
      options,
      [&](std::span<const int32_t> ids) {
        line = "[";
        for (const int32_t id : ids) {
          if (line.size() > 1) line += ',';
          line += std::to_string(id);
        }
        line += "]\n";
        return session.output->Write(line);
      },
      session.context);
}

}  // namespace

void AddTokenizeCommand(CommandList* list) {
  const auto options = std::make_shared<TokenizeOptions>();
  CLI::App* app = list->root->add_subcommand("tokenize", kDescription)->footer(kExamples);
  app->add_option("DATA", options->data.path, "Texts: plain lines or a table; -: standard input")
      ->required();
  AddModelOption(app, &options->model);
  AddSpecialTokens(app, &options->special_text);
  AddDataOptions(app, &options->data);
  AddRunOptions(app, list->run_options);
  list->commands.push_back(
      {app, [=](Session& session) { return Run(*options, session); }, Kept::kNothing});
}

}  // namespace llmembed::cli
