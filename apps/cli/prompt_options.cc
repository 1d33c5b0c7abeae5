#include "prompt_options.h"

#include <algorithm>
#include <string_view>

namespace llmembed::cli {
namespace {

constexpr uint64_t kMostTokens = 1 << 20;
constexpr uint64_t kMostShots = 10'000;

// "LABEL=WORDS,LABEL=WORDS"; a label may hold a '='.
void AddLabels(CLI::App* app, std::vector<LabelWording>* labels) {
  const auto take = [=](const std::string& list) {
    labels->clear();
    for (std::string_view rest = list; !rest.empty();) {
      const size_t comma = std::min(rest.find(','), rest.size());
      const std::string_view item = rest.substr(0, comma);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      const size_t equals = item.rfind('=');
      if (equals == std::string_view::npos || equals == 0) {
        ThrowBadValue("--labels", std::string(item), "LABEL=WORDS");
      }
      labels->push_back(
          {std::string(item.substr(0, equals)), std::string(item.substr(equals + 1))});
    }
  };
  app->add_option_function<std::string>(
         "--labels", take,
         "What is written for a label, e.g. 0=negative,1=positive (default: its name, '_' as a "
         "blank)")
      ->type_name("LABEL=WORDS,...");
}

}  // namespace

PromptSettings PromptArguments::Settings() const {
  PromptSettings settings = given;
  settings.shots = static_cast<uint32_t>(shots);
  settings.max_tokens = static_cast<uint32_t>(max_tokens);
  return settings;
}

void AddWordingOptions(CLI::App* app, PromptArguments* arguments) {
  PromptSettings& settings = arguments->given;
  AddWholeNumber(app, "--shots", &arguments->shots, {0, kMostShots},
                 "Examples in a prompt; 0: none")
      ->default_str(std::to_string(arguments->shots));
  AddChoice<DemonstrationChoice>(
      app, "--demonstrations", &settings.demonstrations,
      {{"random", DemonstrationChoice::kRandom}, {"nearest", DemonstrationChoice::kNearest}},
      "Which examples: drawn by the seed with all labels in turn, the same for all texts; or those "
      "whose vectors are nearest to the text's")
      ->default_str("random");
  app->add_option("--embedding-model", settings.embedding_model,
                  "Backbone that finds the nearest examples, by the mean of its last layer")
      ->type_name("MODEL")
      ->capture_default_str();
  AddLabels(app, &settings.labels);
  app->add_option("--template", settings.prompt_template, "How a prompt is written; see below")
      ->type_name("TEXT")
      ->capture_default_str();
}

void AddReadingOptions(CLI::App* app, PromptArguments* arguments) {
  PromptSettings& settings = arguments->given;
  AddWholeNumber(app, "--max-tokens", &arguments->max_tokens, {1, kMostTokens},
                 "Tokens of a prompt with its label: the ends of longer texts are cut (default: "
                 "all that the model can)");
  AddDtype(app, &settings.compute_type, "the model");
  AddSpecialTokens(app, &settings.special_text);
}

}  // namespace llmembed::cli
