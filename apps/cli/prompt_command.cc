// `llmembed prompt`: what a language model answers when it is asked, to compare a bundle with.
#include <algorithm>
#include <memory>
#include <string_view>

#include "command.h"
#include "json_output.h"
#include "llmembed/prompt.h"
#include "report_lines.h"
#include "text_format.h"

namespace llmembed::cli {
namespace {

constexpr const char* kDescription =
    "Classifies texts by asking a language model: a prompt shows labelled examples of DATA, then "
    "the text, and the label whose words the model finds likeliest behind it wins. Nothing is "
    "trained and nothing is generated. It is the baseline for a bundle: without --test it "
    "measures on the rows that 'llmembed train' holds out with the same seed.";

constexpr const char* kExamples = R"(Examples:
  llmembed prompt reviews.csv --model smollm2 --limit 200
  llmembed prompt reviews.csv --model smollm2 --shots 0 --labels 0=negative,1=positive
  llmembed prompt tickets.tsv --model llama.gguf --test march.tsv --demonstrations nearest
  llmembed prompt news.csv --model smollm2 --template 'News: {text}\nTopic: {label}\n\n'

A template [HEAD{examples}]FORM has {text} and behind it {label} in FORM, which
the examples and the text share; {labels} in HEAD lists the words of all labels.
)";

constexpr uint64_t kMostTokens = 1 << 20;
constexpr uint64_t kMostShots = 10'000;

struct Arguments {
  PromptOptions options;
  uint64_t shots = PromptOptions().shots;
  uint64_t max_tokens = 0;
  bool as_json = false;
};

double TextsASecond(const PromptReport& report) {
  return report.seconds > 0.0 ? static_cast<double>(report.evaluation.n) / report.seconds : 0.0;
}

std::string AsText(const PromptReport& report) {
  std::string text = eval::ReportToText(report.evaluation) + "\n";
  const std::string issues = IssueLines(report.evaluation.issues);
  if (!issues.empty()) text += issues + "\n";
  text += FormatCounted(report.evaluation.n, "text") + " prompted, " +
          FormatCounted(report.tokens, "token") + " read and " + FormatCount(report.reused_tokens) +
          " reused in " + FormatSeconds(report.seconds) + " (" +
          FormatFixed(TextsASecond(report), 1) + " texts/s, " + report.compute_type + " on " +
          report.instruction_set + ")\n";
  if (report.cut_texts > 0) {
    text +=
        FormatCounted(report.cut_texts, "text") + " too long for a prompt: their ends were cut\n";
  }
  if (report.evaluation.extraction.texts > 0) {
    text += "To find the examples: " + ExtractionLines(report.evaluation.extraction);
  }
  return text;
}

std::string AsJson(const PromptReport& report, const PromptOptions& options) {
  auto json = nlohmann::ordered_json::parse(eval::ReportToJsonText(report.evaluation));
  if (report.evaluation.extraction.texts == 0) json.erase("extraction");
  json["model"] = options.model;
  json["shots"] = options.shots;
  json["demonstrations"] = DemonstrationChoiceName(options.demonstrations);
  json["template"] = options.prompt_template;
  json["tokens"] = report.tokens;
  json["reused_tokens"] = report.reused_tokens;
  json["cut_texts"] = report.cut_texts;
  json["seconds"] = report.seconds;
  json["loading_seconds"] = report.loading_seconds;
  json["texts_per_second"] = TextsASecond(report);
  json["compute_type"] = report.compute_type;
  json["instruction_set"] = report.instruction_set;
  return JsonText(json);
}

Status Run(const Arguments& arguments, Session& session) {
  PromptOptions options = arguments.options;
  options.shots = static_cast<uint32_t>(arguments.shots);
  options.max_tokens = static_cast<uint32_t>(arguments.max_tokens);
  LLMEMBED_ASSIGN_OR_RETURN(const PromptReport report, Prompt(options, session.context));
  return session.output->Write(arguments.as_json ? AsJson(report, options) : AsText(report));
}

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

void AddPromptOptions(CLI::App* app, Arguments* arguments) {
  PromptOptions& options = arguments->options;
  AddWholeNumber(app, "--shots", &arguments->shots, {0, kMostShots},
                 "Examples in a prompt; 0: none")
      ->default_str(std::to_string(arguments->shots));
  AddChoice<DemonstrationChoice>(
      app, "--demonstrations", &options.demonstrations,
      {{"random", DemonstrationChoice::kRandom}, {"nearest", DemonstrationChoice::kNearest}},
      "Which examples: drawn by the seed with all labels in turn, the "
      "same for all texts; or those whose vectors are nearest to the "
      "text's")
      ->default_str("random");
  app->add_option("--embedding-model", options.embedding_model,
                  "Backbone that finds the nearest examples, by the mean of its last layer")
      ->type_name("MODEL")
      ->capture_default_str();
  AddLabels(app, &options.labels);
  app->add_option("--template", options.prompt_template, "How a prompt is written; see below")
      ->type_name("TEXT")
      ->capture_default_str();
  AddWholeNumber(app, "--max-tokens", &arguments->max_tokens, {1, kMostTokens},
                 "Tokens of a prompt with its label: the ends of longer texts are cut (default: "
                 "all that the model can)");
  AddChoice<ComputeType>(
      app, "--dtype", &options.compute_type,
      {{"f32", ComputeType::kF32}, {"bf16", ComputeType::kBf16}, {"auto", ComputeType::kAuto}},
      "What the model computes in; auto: bf16 where the CPU has it")
      ->default_str("auto");
  AddSpecialTokens(app, &options.special_text);
}

}  // namespace

void AddPromptCommand(CommandList* list) {
  const auto arguments = std::make_shared<Arguments>();
  PromptOptions& options = arguments->options;
  CLI::App* app = list->root->add_subcommand("prompt", kDescription)->footer(kExamples);
  app->add_option("DATA", options.data.path,
                  "Table of labelled texts to take examples from; -: standard input")
      ->required();
  AddModelOption(app, &options.model);
  app->add_option("--test", options.test_path, "Table to measure on, instead of holding rows out")
      ->type_name("FILE");
  AddWholeNumber(app, "--limit", &options.limit, {1, UINT64_MAX},
                 "Texts to measure on, drawn by the seed (default: all)");
  AddWholeNumber(app, "--seed", &options.seed, {0, UINT64_MAX},
                 "Decides which rows are held out, measured on and shown")
      ->default_str(std::to_string(options.seed));
  AddPromptOptions(app, arguments.get());
  AddJsonOption(app, &arguments->as_json);
  AddDataOptions(app, &options.data);
  AddRunOptions(app, list->run_options);
  list->commands.push_back(
      {app, [=](Session& session) { return Run(*arguments, session); }, Kept::kVectors});
}

}  // namespace llmembed::cli
