// `llmembed evaluate`: a bundle on labelled texts.
#include <memory>

#include "command.h"
#include "llmembed/evaluate.h"
#include "report_lines.h"

namespace llmembed::cli {
namespace {

constexpr const char* kDescription =
    "Measures how good a bundle is on labelled texts. Prints accuracy with its 95 % interval, "
    "macro-F1, log-loss, each class's figures and where the errors go. Labels the bundle does not "
    "know count as wrong.";

constexpr const char* kExamples = R"(Examples:
  llmembed evaluate reviews.bundle test.csv
  llmembed evaluate reviews.bundle test.tsv --text review --label stars --json
)";

struct Arguments {
  EvaluateOptions options;
  bool as_json = false;
};

std::string AsText(const EvaluationReport& report) {
  std::string text = eval::ReportToText(report) + "\n";
  const std::string issues = IssueLines(report.issues);
  if (!issues.empty()) text += issues + "\n";
  return text + ExtractionLines(report.extraction);
}

Status Run(const Arguments& arguments, Session& session) {
  LLMEMBED_ASSIGN_OR_RETURN(const EvaluationReport report,
                            Evaluate(arguments.options, session.context));
  return session.output->Write(arguments.as_json ? eval::ReportToJsonText(report) : AsText(report));
}

}  // namespace

void AddEvaluateCommand(CommandList* list) {
  const auto arguments = std::make_shared<Arguments>();
  EvaluateOptions& options = arguments->options;
  CLI::App* app = list->root->add_subcommand("evaluate", kDescription)->footer(kExamples);
  app->add_option("BUNDLE", options.bundle, "Folder that 'llmembed train' has made")->required();
  app->add_option("DATA", options.data.path, "Table of labelled texts; -: standard input")
      ->required();
  AddVerifyOption(app, &options.verify);
  AddJsonOption(app, &arguments->as_json);
  AddDataOptions(app, &options.data);
  AddBackboneOptions(app, list->run_options);
  AddRunOptions(app, list->run_options);
  list->commands.push_back(
      {app, [=](Session& session) { return Run(*arguments, session); }, Kept::kVectors});
}

}  // namespace llmembed::cli
