// `llmembed search`: which layers, fusion and head to take.
#include <memory>

#include "command.h"
#include "llmembed/search.h"
#include "report_lines.h"

namespace llmembed::cli {
namespace {

constexpr const char* kDescription =
    "Tries single layers, pairs, fusions and heads on labelled texts and prints a table of what "
    "each gives and costs. The texts are embedded once. What is chosen is chosen on training texts "
    "alone; the test texts only measure it. Writes the best as a recipe, with plots.";

constexpr const char* kExamples = R"(Examples:
  llmembed search reviews.csv --text review --label stars -o search
  llmembed train reviews.csv --text review --label stars --recipe search/recipe.yaml -o my.bundle
  llmembed search reviews.csv --recipe mine.yaml --budget 100 --json
)";

struct Arguments {
  SearchOptions options;
  uint64_t budget = 60;
  bool as_json = false;
};

std::string AsText(const SearchReport& report) {
  std::string text = eval::SearchToText(report);
  const std::string issues = IssueLines(report.issues);
  if (!issues.empty()) text += "\n" + issues;
  text += "\n" + eval::CostToText(report.cost);
  if (report.files.empty()) return text + "\nThe best as a recipe:\n\n" + report.recipe;
  text += "\nWritten:\n";
  for (const std::string& file : report.files) text += "  " + file + "\n";
  return text;
}

Status Run(const Arguments& arguments, Session& session) {
  SearchOptions options = arguments.options;
  options.budget = static_cast<uint32_t>(arguments.budget);
  LLMEMBED_ASSIGN_OR_RETURN(const SearchReport report, Search(options, session.context));
  return session.output->Write(arguments.as_json ? eval::SearchToJsonText(report) : AsText(report));
}

}  // namespace

void AddSearchCommand(CommandList* list) {
  const auto arguments = std::make_shared<Arguments>();
  SearchOptions& options = arguments->options;
  CLI::App* app = list->root->add_subcommand("search", kDescription)->footer(kExamples);
  app->add_option("DATA", options.data.path, "Table of labelled texts; -: standard input")
      ->required();
  CLI::Option* test =
      app->add_option("--test", options.test_path, "Table of texts to measure the choice on")
          ->type_name("FILE");
  app->add_option("--holdout", options.holdout,
                  "Without --test: share of DATA to measure on (default: 0.2)")
      ->type_name("SHARE")
      ->excludes(test);
  app->add_option("--recipe", options.recipe,
                  "Recipe whose backbones are searched over (default: lite)")
      ->type_name("NAME|FILE");
  AddWholeNumber(app, "--budget", &arguments->budget, {1, 1000}, "Candidates to try (default: 60)");
  AddWholeNumber(app, "--train-rows", &options.train_rows, {0, 1'000'000'000},
                 "Choose on so many texts, drawn by class; 0: all (default: 4000)");
  app->add_option("--max-seconds", options.max_seconds,
                  "Start no new candidate after so long (default: no limit)")
      ->type_name("S");
  AddWholeNumber(app, "--seed", &options.seed, {0, UINT64_MAX}, "Seed (default: 1)");
  app->add_option("-o,--output", options.output, "Folder for recipe.yaml, tables and plots")
      ->type_name("DIR");
  AddJsonOption(app, &arguments->as_json);
  AddDataOptions(app, &options.data);
  AddPriceOptions(app, &options.prices);
  AddBackboneOptions(app, list->run_options);
  AddRunOptions(app, list->run_options);
  list->commands.push_back(
      {app, [=](Session& session) { return Run(*arguments, session); }, Kept::kVectors});
}

}  // namespace llmembed::cli
