// `llmembed embed`: vectors of any layer, written to a file.
#include <algorithm>
#include <memory>
#include <string_view>

#include "command.h"
#include "llmembed/embed.h"
#include "report_lines.h"
#include "text_format.h"

namespace llmembed::cli {
namespace {

constexpr const char* kDescription =
    "Writes a vector for each text, taken from any layer of a backbone. A tap LAYER:POOLING names "
    "the layer (0: the embeddings, 1 and up: the blocks, -1: the last block; -1.raw: before the "
    "norm that some backbones have behind it) and how a text's tokens become one vector: mean, "
    "max, cls, last, pooler, or mean_all (padding up to --max-tokens included). With several "
    "backbones, NAME/LAYER:POOLING says which.";

constexpr const char* kExamples = R"(Examples:
  llmembed embed reviews.csv --text review --model minilm --taps -1:mean -o vectors.npy
  llmembed embed lines.txt --model minilm --taps 0:mean,4:mean,-1:cls -o vectors.safetensors
  llmembed embed t.txt --model a=minilm --model b=./bert --taps a/4:cls,b/9:cls -o v.safetensors

The file holds float32 [rows, width] in the order of the texts: .safetensors one
tensor a tap, .npy exactly one tap.
)";

// Positions of the longest texts that any backbone reads; more makes no sense.
constexpr uint64_t kMostTokens = 1 << 20;

struct Arguments {
  EmbedOptions options;
  std::vector<std::string> models;
  BackboneChoice choice;  // of every backbone
  uint64_t max_tokens = 0;
};

bool IsName(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !text.empty() && is_letter(text[0]) && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
  });
}

// "NAME=MODEL", or a model alone. A folder whose path looks like the first is written "./a=b".
BackboneChoice ParseBackbone(const std::string& text, BackboneChoice choice) {
  const size_t equals = text.find('=');
  const bool has_name =
      equals != std::string::npos && IsName(std::string_view(text).substr(0, equals));
  choice.name = has_name ? text.substr(0, equals) : "";
  choice.model = has_name ? text.substr(equals + 1) : text;
  return choice;
}

Status Run(const Arguments& arguments, Session& session) {
  EmbedOptions options = arguments.options;
  BackboneChoice choice = arguments.choice;
  choice.max_tokens = static_cast<uint32_t>(arguments.max_tokens);
  for (const std::string& model : arguments.models) {
    options.backbones.push_back(ParseBackbone(model, choice));
  }
  LLMEMBED_ASSIGN_OR_RETURN(const ExtractionReport report, Embed(options, session.context));
  return session.output->Write(ExtractionLines(report) + "Vectors: " + Printable(options.output) +
                               " (" + FormatCounted(report.texts, "row") + ")\n");
}

}  // namespace

void AddEmbedCommand(CommandList* list) {
  const auto arguments = std::make_shared<Arguments>();
  EmbedOptions& options = arguments->options;
  CLI::App* app = list->root->add_subcommand("embed", kDescription)->footer(kExamples);
  app->add_option("DATA", options.data.path, "Texts: plain lines or a table; -: standard input")
      ->required();
  app->add_option(
         "--model", arguments->models,
         "Backbone: a Hugging Face folder, a GGUF file, or a name of 'llmembed models list'; "
         "several as NAME=MODEL, each with an option of its own")
      ->type_name("[NAME=]MODEL")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->required();
  app->add_option("--taps", options.taps, "Where vectors are taken, e.g. 0:mean,4:mean,-1:cls")
      ->type_name("LIST")
      ->required();
  app->add_option("-o,--output", options.output, "File to write: .safetensors or .npy")
      ->type_name("FILE")
      ->required();
  AddDtype(app, &arguments->choice.compute_type, "the backbone");
  AddWholeNumber(app, "--max-tokens", &arguments->max_tokens, {1, kMostTokens},
                 "Tokens read of a text at a time, special ones included (default: all that the "
                 "model can)");
  AddOnLongText(app, &arguments->choice.on_long_text);
  AddSpecialTokens(app, &arguments->choice.special_text);
  AddDataOptions(app, &options.data);
  AddBackboneOptions(app, list->run_options);
  AddRunOptions(app, list->run_options);
  list->commands.push_back(
      {app, [=](Session& session) { return Run(*arguments, session); }, Kept::kVectors});
}

}  // namespace llmembed::cli
