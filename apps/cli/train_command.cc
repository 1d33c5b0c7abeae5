// `llmembed train`: from labelled texts to a bundle.
#include <cstdio>
#include <memory>

#include "command.h"
#include "json_output.h"
#include "llmembed/train.h"
#include "report_lines.h"
#include "text_format.h"

namespace llmembed::cli {
namespace {

constexpr const char* kDescription =
    "Trains a classifier on labelled texts. DATA is a table (CSV, TSV or JSONL, also .gz or .zst) "
    "with a column of texts and one of labels. A backbone that stays as it is turns each text "
    "into a vector, once: vectors are kept in a store, and training again does not embed again. "
    "A part of the rows is held out to measure the result.";

constexpr const char* kExamples = R"(Examples:
  llmembed train reviews.csv -o reviews.bundle
  llmembed train tickets.tsv --text body --label team --test march.tsv -o tickets.bundle
  llmembed train tickets.tsv --holdout 0.2 --seed 7 --recipe my-recipe.yaml -o tickets.bundle
  llmembed train tickets.tsv --recipe auto -o tickets.bundle
)";

struct Arguments {
  TrainOptions options;
  bool as_json = false;
};

std::string HeadLines(const TrainReport& report) {
  std::vector<std::vector<std::string>> rows = {
      {"rows to train", FormatCount(report.train_rows)},
      {"rows to test", FormatCount(report.test_rows)},
      {"classes", FormatCount(report.evaluation.classes.size())},
      {"recipe", Printable(report.recipe)},
      {"fusion", Printable(report.fusion)},
      {"head", Printable(report.head)}};
  if (report.evaluation.n == 0) rows.erase(rows.begin() + 2);  // the report does not know them
  return FormatColumns(rows);
}

std::string NextLines(const TrainReport& report, const DataSource& data) {
  const std::string bundle = ShellWord(report.bundle);
  std::string columns;
  if (!data.text_column.empty()) columns += " --text " + ShellWord(data.text_column);
  if (!data.label_column.empty()) columns += " --label " + ShellWord(data.label_column);
  return "Bundle: " + Printable(report.bundle) + " (" + report.bundle_hash + ")\n" +
         "\nnext:\n  llmembed predict " + bundle + " new.txt\n  llmembed evaluate " + bundle +
         " test.csv" + columns + "\n  llmembed inspect " + bundle + "\n";
}

// "" when it was not measured.
std::string LexicalLines(const TrainReport& report) {
  if (!report.lexical) return "";
  char line[160];
  std::snprintf(line, sizeof line,
                "counting words: accuracy %.4f, macro-F1 %.4f (TF-IDF and logistic regression, "
                "%.2f s)\n",
                report.lexical->accuracy, report.lexical->macro_f1, report.lexical->train_seconds);
  std::string text = std::string("\n") + line;
  if (report.lexical->correct >= report.evaluation.correct) {
    text += "The backbone is not worth its cost on these texts: counting words does as well.\n";
  }
  return text;
}

std::string AsText(const TrainReport& report, const DataSource& data) {
  std::string text = HeadLines(report) + "\n" + ExtractionLines(report.extraction) + "\n";
  text += report.evaluation.n > 0 ? eval::ReportToText(report.evaluation)
                                  : std::string("No rows were held out: nothing was measured.\n");
  text += LexicalLines(report);
  const std::string issues = IssueLines(report.issues);
  if (!issues.empty()) text += "\n" + issues;
  text += "\n" + eval::CostToText(report.cost);
  for (const std::string& file : report.curves) text += "Written: " + Printable(file) + "\n";
  return text + "\n" + NextLines(report, data);
}

std::string AsJson(const TrainReport& report) {
  EvaluationReport everything = report.evaluation;
  everything.issues = report.issues;
  everything.extraction = report.extraction;
  auto evaluation = nlohmann::ordered_json::parse(eval::ReportToJsonText(everything));
  nlohmann::ordered_json json;
  json["bundle"] = report.bundle;
  json["bundle_hash"] = report.bundle_hash;
  json["recipe"] = report.recipe;
  json["fusion"] = report.fusion;
  json["head"] = report.head;
  json["train_rows"] = report.train_rows;
  json["test_rows"] = report.test_rows;
  json["curves"] = report.curves;
  json["cost"] = nlohmann::ordered_json::parse(eval::CostToJsonText(report.cost));
  for (const char* key : {"issues", "extraction"}) {
    json[key] = std::move(evaluation[key]);
    evaluation.erase(key);
  }
  if (report.lexical) {
    json["lexical"] = {{"correct", report.lexical->correct},
                       {"accuracy", report.lexical->accuracy},
                       {"macro_f1", report.lexical->macro_f1},
                       {"train_seconds", report.lexical->train_seconds},
                       {"terms", report.lexical->terms}};
  } else {
    json["lexical"] = nullptr;
  }
  json["evaluation"] = report.evaluation.n > 0 ? std::move(evaluation) : nlohmann::ordered_json();
  return JsonText(json);
}

Status Run(const Arguments& arguments, Session& session) {
  LLMEMBED_ASSIGN_OR_RETURN(const TrainReport report, Train(arguments.options, session.context));
  return session.output->Write(arguments.as_json ? AsJson(report)
                                                 : AsText(report, arguments.options.data));
}

}  // namespace

void AddTrainCommand(CommandList* list) {
  const auto arguments = std::make_shared<Arguments>();
  TrainOptions& options = arguments->options;
  CLI::App* app = list->root->add_subcommand("train", kDescription)->footer(kExamples);
  app->add_option("DATA", options.data.path, "Table of labelled texts; -: standard input")
      ->required();
  app->add_option("-o,--output", options.output,
                  "Folder for the bundle; an older bundle there is replaced")
      ->type_name("BUNDLE")
      ->required();
  CLI::Option* test = app->add_option("--test", options.test_path,
                                      "Table to measure on, instead of holding rows out");
  test->type_name("FILE");
  AddHoldout(app, &options.holdout, test);
  app->add_option("--recipe", options.recipe,
                  "Built-in recipe by its name ('llmembed recipes list'), or a YAML file; auto: "
                  "the best that a search on the rows to train on finds")
      ->type_name("NAME|FILE")
      ->capture_default_str();
  AddWholeNumber(app, "--seed", &options.seed, {0, UINT64_MAX},
                 "Decides which rows are held out, and the head's start")
      ->default_str(std::to_string(options.seed));
  app->add_option("--curves", options.curves,
                  "Folder for loss and accuracy by epoch, as CSV and SVG; for MLP heads")
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
