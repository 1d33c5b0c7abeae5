// `llmembed predict`: labels and probabilities for new texts.
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <numeric>

#include "command.h"
#include "json_output.h"
#include "llmembed/predict.h"
#include "report_lines.h"
#include "text_format.h"

namespace llmembed::cli {
namespace {

constexpr const char* kDescription =
    "Says which label each text most likely has. Reads one text a line, or a table, and prints a "
    "row for each in the same order: the label, a tab, its probability.";

constexpr const char* kExamples = R"(Examples:
  llmembed predict reviews.bundle new.txt
  echo "Great value, fast delivery" | llmembed predict reviews.bundle
  llmembed predict reviews.bundle new.csv --text review --json > predictions.jsonl

With --json each row is an object: label, probability, probabilities (of every
label), tokens (of the text), used (how many of them were read) and cut (how
many were left out because the text is longer than the backbone reads).
)";

struct Arguments {
  std::string bundle;
  DataSource data{.path = "-"};
  PredictorOptions options;
  bool as_json = false;
  bool all = false;
};

// Writes predictions as rows; labels are prepared once.
class RowFormatter {
 public:
  RowFormatter(const std::vector<std::string>& labels, const Arguments& arguments)
      : as_json_(arguments.as_json), all_(arguments.all) {
    for (const std::string& label : labels) {
      labels_.push_back(as_json_ ? JsonString(label) : Printable(label));
    }
  }

  std::string Format(const Prediction& prediction) const {
    if (as_json_) return FormatJson(prediction);
    std::string row = Printable(prediction.label) + "\t" + FormatFixed(prediction.probability, 4);
    if (!all_) return row + "\n";
    std::vector<size_t> order(prediction.probabilities.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return prediction.probabilities[a] > prediction.probabilities[b];
    });
    for (size_t i = 1; i < order.size(); ++i) {
      row += "\t" + labels_[order[i]] + "\t" + FormatFixed(prediction.probabilities[order[i]], 4);
    }
    return row + "\n";
  }

 private:
  std::string FormatJson(const Prediction& prediction) const {
    std::string row = "{\"label\":" + JsonString(prediction.label) +
                      ",\"probability\":" + JsonNumber(prediction.probability) +
                      ",\"probabilities\":{";
    for (size_t i = 0; i < labels_.size(); ++i) {
      if (i > 0) row += ',';
      row += labels_[i] + ":" + JsonNumber(prediction.probabilities[i]);
    }
    return row + "},\"tokens\":" + std::to_string(prediction.tokens) +
           ",\"used\":" + std::to_string(prediction.used_tokens) +
           ",\"cut\":" + std::to_string(prediction.cut_tokens) + "}\n";
  }

  std::vector<std::string> labels_;  // [C], ready to print
  bool as_json_;
  bool all_;
};

Status Run(const Arguments& arguments, Session& session) {
  LLMEMBED_ASSIGN_OR_RETURN(auto predictor,
                            Predictor::Open(arguments.bundle, arguments.options, session.context));
  const RowFormatter formatter(predictor.labels(), arguments);
  if (arguments.data.path == "-" && ::isatty(STDIN_FILENO) == 1) {
    session.context.Info("reading texts from the terminal, one a line; Ctrl-D ends them");
  }
  LLMEMBED_ASSIGN_OR_RETURN(
      const ExtractionReport report,
      predictor.PredictFile(arguments.data,
                            [&](std::string_view /*text*/, const Prediction& prediction) {
                              return session.output->Write(formatter.Format(prediction));
                            }));
  if (const std::string lines = LengthLines(report.lengths); !lines.empty()) {
    session.context.Info(lines);
  }
  return {};
}

}  // namespace

void AddPredictCommand(CommandList* list) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* app = list->root->add_subcommand("predict", kDescription)->footer(kExamples);
  app->add_option("BUNDLE", arguments->bundle, "Folder that 'llmembed train' has made")->required();
  app->add_option("FILE", arguments->data.path,
                  "Texts: plain lines or a table; -: standard input (default)");
  app->add_flag("--all", arguments->all,
                "Behind the best label all others, each with its probability, best first");
  AddVerifyOption(app, &arguments->options.verify);
  AddJsonOption(app, &arguments->as_json);
  AddDataOptions(app, &arguments->data);
  AddBackboneOptions(app, list->run_options);
  AddRunOptions(app, list->run_options);
  list->commands.push_back(
      {app, [=](Session& session) { return Run(*arguments, session); }, Kept::kNothing});
}

}  // namespace llmembed::cli
