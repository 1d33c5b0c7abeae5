// `llmembed benchmark`: recipes on a data set, beside counting words and the paper.
#include <memory>

#include "command.h"
#include "llmembed/benchmark.h"
#include "prompt_options.h"
#include "report_lines.h"

namespace llmembed::cli {
namespace {

constexpr const char* kDescription =
    "Trains recipes on a data set with several seeds and measures them on its test texts, beside "
    "TF-IDF with logistic regression and what the LLMEmbed paper reports. Warns of heads that "
    "predict one class only and of test texts that stand in the training texts. With --compare "
    "prompt a language model is asked about the same texts, and what both ways take is compared.";

constexpr const char* kExamples = R"(Examples:
  llmembed benchmark sst2 --data datasets
  llmembed benchmark r8 --data datasets --recipe lite --recipe fast --recipe mine.yaml
  llmembed benchmark train.csv --test test.csv --text review --label stars --seeds 3 --json
  llmembed benchmark sst2 --data datasets --compare prompt --seeds 1 --prompt-rows 200

With --compare prompt the texts are embedded anew, whatever the store has, so
that the whole of both ways is measured. --template: see 'llmembed prompt -h'.
)";

struct Arguments {
  BenchmarkOptions options;
  uint64_t seeds = 5;
  PromptArguments prompt;
  bool as_json = false;
};

Status Run(const Arguments& arguments, Session& session) {
  BenchmarkOptions options = arguments.options;
  options.seeds = static_cast<uint32_t>(arguments.seeds);
  options.prompt = arguments.prompt.Settings();
  // A comparison keeps nothing, which is also what is said when it is stopped.
  if (options.compare_prompt) session.context.store = "none";
  LLMEMBED_ASSIGN_OR_RETURN(const BenchmarkReport report, Benchmark(options, session.context));
  if (arguments.as_json) return session.output->Write(eval::BenchmarkToJsonText(report));
  const std::string issues = IssueLines(report.issues);
  return session.output->Write(eval::BenchmarkToText(report) +
                               (issues.empty() ? "" : "\n" + issues));
}

// What the recipes can be compared with; the options behind it need it.
void AddCompareOptions(CLI::App* app, Arguments* arguments) {
  BenchmarkOptions& options = arguments->options;
  arguments->prompt.given = options.prompt;
  CLI::Option* compare =
      AddChoice<bool>(app, "--compare", &options.compare_prompt, {{"prompt", true}},
                      "Measure asking a language model too, without examples and with --shots of "
                      "them, and what both ways cost");
  app->add_option("--prompt-model", arguments->prompt.given.model,
                  "Model to ask (default: the recipes' first backbone with an LM head)")
      ->type_name("MODEL");
  AddWholeNumber(app, "--prompt-rows", &options.prompt_rows, {1, 1'000'000'000},
                 "Ask about so many of the test texts, drawn at random (default: all)");
  AddWordingOptions(app, &arguments->prompt);
  for (const char* name : {"--prompt-model", "--prompt-rows", "--shots", "--demonstrations",
                           "--embedding-model", "--labels", "--template"}) {
    app->get_option(name)->needs(compare);
  }
  app->get_option("--template")->default_str("the data set's");
}

}  // namespace

void AddBenchmarkCommand(CommandList* list) {
  const auto arguments = std::make_shared<Arguments>();
  BenchmarkOptions& options = arguments->options;
  options.recipes = {"lite", "fast"};
  CLI::App* app = list->root->add_subcommand("benchmark", kDescription)->footer(kExamples);
  app->add_option("NAME", options.data_set,
                  "sst2, mr, imdb, agnews, r8 or r52; or a table of labelled texts")
      ->required();
  app->add_option("--data", options.folder,
                  "Folder that holds NAME/train.* and NAME/test.* (.tsv, .csv or .jsonl, also .gz "
                  "and .zst)")
      ->type_name("DIR");
  app->add_option("--test", options.test_path, "What to test on, for a table of your own")
      ->type_name("FILE");
  app->add_option("--recipe", options.recipes,
                  "Recipe: a built-in one or a YAML file; may be given several times (default: "
                  "lite, fast)")
      ->type_name("NAME|FILE")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  AddWholeNumber(app, "--seeds", &arguments->seeds, {1, 100},
                 "Trainings of each recipe, with the seeds 1, 2, ... (default: 5)");
  AddWholeNumber(app, "--train-rows", &options.train_rows, {2, 1'000'000'000},
                 "Train on so many texts, drawn at random (default: all)");
  AddWholeNumber(app, "--test-rows", &options.test_rows, {1, 1'000'000'000},
                 "Test on so many texts, drawn at random (default: all)");
  AddCompareOptions(app, arguments.get());
  AddJsonOption(app, &arguments->as_json);
  AddDataOptions(app, &options.columns);
  AddPriceOptions(app, &options.prices);
  AddBackboneOptions(app, list->run_options);
  AddRunOptions(app, list->run_options);
  list->commands.push_back(
      {app, [=](Session& session) { return Run(*arguments, session); }, Kept::kVectors});
}

}  // namespace llmembed::cli
