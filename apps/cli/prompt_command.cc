// `llmembed prompt`: what a language model answers when it is asked, to compare a bundle with.
#include <memory>

#include "command.h"
#include "json_output.h"
#include "llmembed/prompt.h"
#include "prompt_options.h"
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

struct Arguments {
  PromptOptions options;
  PromptArguments prompt;
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
  return text + "\n" + eval::CostToText(report.cost);
}

std::string AsJson(const PromptReport& report, const PromptSettings& settings) {
  auto json = nlohmann::ordered_json::parse(eval::ReportToJsonText(report.evaluation));
  if (report.evaluation.extraction.texts == 0) json.erase("extraction");
  json["model"] = settings.model;
  json["shots"] = settings.shots;
  json["demonstrations"] = DemonstrationChoiceName(settings.demonstrations);
  json["template"] = settings.prompt_template;
  json["tokens"] = report.tokens;
  json["reused_tokens"] = report.reused_tokens;
  json["cut_texts"] = report.cut_texts;
  json["seconds"] = report.seconds;
  json["texts_per_second"] = TextsASecond(report);
  json["compute_type"] = report.compute_type;
  json["instruction_set"] = report.instruction_set;
  json["cost"] = nlohmann::ordered_json::parse(eval::CostToJsonText(report.cost));
  return JsonText(json);
}

Status Run(const Arguments& arguments, Session& session) {
  PromptOptions options = arguments.options;
  options.settings = arguments.prompt.Settings();
  // Only what finds the nearest examples makes vectors.
  const bool embeds = options.settings.demonstrations == DemonstrationChoice::kNearest &&
                      options.settings.shots > 0;
  if (!embeds) session.context.store = "none";
  LLMEMBED_ASSIGN_OR_RETURN(const PromptReport report, Prompt(options, session.context));
  return session.output->Write(arguments.as_json ? AsJson(report, options.settings)
                                                 : AsText(report));
}

}  // namespace

void AddPromptCommand(CommandList* list) {
  const auto arguments = std::make_shared<Arguments>();
  PromptOptions& options = arguments->options;
  CLI::App* app = list->root->add_subcommand("prompt", kDescription)->footer(kExamples);
  app->add_option("DATA", options.data.path,
                  "Table of labelled texts to take examples from; -: standard input")
      ->required();
  AddModelOption(app, &arguments->prompt.given.model);
  CLI::Option* test = app->add_option("--test", options.test_path,
                                      "Table to measure on, instead of holding rows out");
  test->type_name("FILE");
  AddHoldout(app, &options.holdout, test);
  AddWholeNumber(app, "--limit", &options.limit, {1, UINT64_MAX},
                 "Texts to measure on, drawn by the seed (default: all)");
  AddWholeNumber(app, "--seed", &options.seed, {0, UINT64_MAX},
                 "Decides which rows are held out, measured on and shown")
      ->default_str(std::to_string(options.seed));
  AddWordingOptions(app, &arguments->prompt);
  AddReadingOptions(app, &arguments->prompt);
  AddJsonOption(app, &arguments->as_json);
  AddDataOptions(app, &options.data);
  AddPriceOptions(app, &options.prices);
  AddRunOptions(app, list->run_options);
  list->commands.push_back(
      {app, [=](Session& session) { return Run(*arguments, session); }, Kept::kVectors});
}

}  // namespace llmembed::cli
