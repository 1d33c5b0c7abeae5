// `train`: the main path. Read, embed, fuse, train, evaluate, write.
#include <algorithm>
#include <ctime>
#include <optional>

#include "base/sha256.h"
#include "bundle/bundle.h"
#include "data/labelled_dataset.h"
#include "data/split.h"
#include "eval/cost.h"
#include "eval/report.h"
#include "llmembed/search.h"
#include "llmembed/train.h"
#include "llmembed/version.h"
#include "pipeline/classify.h"
#include "pipeline/cost_meter.h"
#include "pipeline/dataset_features.h"
#include "pipeline/feature_source.h"
#include "pipeline/fit_head.h"
#include "pipeline/lexical_baseline.h"
#include "pipeline/lexical_part.h"
#include "pipeline/row_sample.h"
#include "pipeline/runtime.h"
#include "pipeline/training_curves.h"
#include "recipe/recipe.h"

namespace llmembed {
namespace {

// What is trained on and what is tested on. With a test file, `test` holds it; else the two are
// parts of `all`.
struct TrainingTexts {
  data::LabelledDataset all;
  data::LabelledDataset test;
  data::Split split;
  bool has_test_file = false;
};

Result<TrainingTexts> ReadTexts(const TrainOptions& options, const RunContext& context,
                                std::vector<DataIssue>* issues) {
  TrainingTexts texts;
  data::IssueLog log(options.data.path);
  LLMEMBED_ASSIGN_OR_RETURN(texts.all,
                            data::LabelledDataset::LoadTraining(options.data, context, &log));
  std::vector<DataIssue> test_issues;
  if (!options.test_path.empty()) {
    texts.has_test_file = true;
    DataSource source = options.data;
    source.path = options.test_path;
    data::IssueLog test_log(source.path);
    LLMEMBED_ASSIGN_OR_RETURN(texts.test, data::LabelledDataset::LoadEvaluation(
                                              source, texts.all.label_names(), context, &test_log));
    data::ReportTestTextsInTrain(texts.all, texts.test, &test_log);
    test_issues = test_log.Issues();
  } else if (options.holdout > 0.0) {
    LLMEMBED_ASSIGN_OR_RETURN(
        texts.split,
        data::HoldOut(texts.all, {.share = options.holdout, .seed = options.seed}, &log));
  }
  if (texts.split.train.empty()) {
    texts.split.train = pipeline::RowNumbers(texts.all.size());
  }
  *issues = log.Issues();
  issues->insert(issues->end(), test_issues.begin(), test_issues.end());
  return texts;
}

std::string HashOfRows(const data::LabelledDataset& data, std::span<const uint32_t> rows) {
  base::Sha256 hash;
  const auto add = [&hash](std::string_view text) {
    hash.Update(std::to_string(text.size()) + ":");
    hash.Update(text);
  };
  for (const uint32_t row : rows) {
    add(data.label_names()[data.labels()[row]]);
    add(data.texts()[row]);
  }
  return base::Hex(hash.Finish());
}

std::vector<bundle::BackboneRecord> Records(const recipe::Recipe& recipe,
                                            const pipeline::FeatureSource& source) {
  std::vector<bundle::BackboneRecord> records;
  const std::vector<std::string> compute_types = source.backbones().compute_types();
  const std::vector<extract::ModelIdentity> identities = source.backbones().identities();
  for (size_t i = 0; i < recipe.backbones.size(); ++i) {
    const extract::ModelIdentity& identity = identities[i];
    records.push_back({recipe.backbones[i].name, compute_types[i], identity.weights,
                       identity.tokenizer, identity.config});
  }
  return records;
}

// What differs from run to run, beside the bundle and outside its hash.
std::string RunJson(const TrainReport& report, const TrainOptions& options) {
  std::string date(32, '\0');
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  date.resize(std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%SZ", &utc));
  nlohmann::ordered_json json = {
      {"date", date},
      {"data", options.data.path},
      {"texts_embedded", report.extraction.embedded},
      {"texts_from_store", report.extraction.from_store},
      {"tokens", report.extraction.tokens},
      {"instruction_set", report.extraction.instruction_set},
      {"cost", eval::CostToJson(report.cost)},
  };
  json["lengths"] = eval::LengthsToJson(report.extraction.lengths);
  return json.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

Result<EvaluationReport> EvaluateTest(const head::Head& head, const TrainingTexts& texts,
                                      std::span<const float> features,
                                      std::span<const float> test_features) {
  if (texts.has_test_file) {
    return pipeline::EvaluateRows(head, texts.test.label_names(), texts.test.labels(),
                                  test_features);
  }
  if (texts.split.held_out.empty()) return EvaluationReport{};
  return pipeline::EvaluateSomeRows(head, texts.all.label_names(), texts.all.labels(), features,
                                    texts.split.held_out);
}

Result<pipeline::LexicalPart> FitLexical(const TrainingTexts& texts, uint64_t seed,
                                         const RunContext& context) {
  return pipeline::FitLexicalPart(
      {.texts = texts.all.texts(),
       .labels = texts.all.labels(),
       .first_rows = texts.all.first_rows(),
       .rows = texts.split.train,
       .classes = static_cast<uint32_t>(texts.all.label_names().size())},
      seed, context);
}

// Nothing when there is no test part, or too little text to count words in.
std::optional<LexicalBaseline> CountWords(const TrainingTexts& texts, const RunContext& context) {
  const pipeline::RowSample held_out = pipeline::SelectRows(texts.all, texts.split.held_out);
  pipeline::LexicalInput input{.texts = texts.all.texts(),
                               .labels = texts.all.labels(),
                               .classes = static_cast<uint32_t>(texts.all.label_names().size()),
                               .rows = texts.split.train,
                               .test_texts = held_out.texts,
                               .truth = held_out.labels,
                               .label_names = texts.all.label_names()};
  if (texts.has_test_file) {
    input.test_texts = texts.test.texts();
    input.truth = texts.test.labels();
    input.label_names = texts.test.label_names();
  }
  if (input.truth.empty()) return std::nullopt;
  const auto measured = pipeline::MeasureLexical(input, context);
  if (!measured.ok()) return std::nullopt;
  return LexicalBaseline{.correct = measured->evaluation.correct,
                         .accuracy = measured->evaluation.accuracy,
                         .macro_f1 = measured->evaluation.macro_f1,
                         .train_seconds = measured->train_seconds,
                         .terms = measured->terms};
}

// The recipe of that name; for "auto" the best that a search finds on the rows that are trained on.
Result<recipe::Recipe> ChooseRecipe(const TrainOptions& options, const RunContext& context) {
  if (options.recipe != recipe::kAutoRecipe) return recipe::LoadRecipe(options.recipe);
  if (options.data.path == "-") {
    return Status(StatusCode::kUsage,
                  "the recipe auto reads the texts twice, which standard input cannot give");
  }
  SearchOptions search{.data = options.data,
                       .test_path = options.test_path,
                       .holdout = options.holdout,
                       .seed = options.seed,
                       .choose_only = true};
  LLMEMBED_ASSIGN_OR_RETURN(const SearchReport found, Search(search, context));
  return recipe::ParseRecipe(found.recipe, "the recipe that was found");
}

Status CheckCurves(const TrainOptions& options, const recipe::Recipe& recipe) {
  if (options.curves.empty() || recipe.head.kind == head::HeadKind::kMlp) return {};
  return {StatusCode::kUsage,
          "the head of recipe " + recipe.name +
              " is a logistic regression, which has no epochs to draw curves of"};
}

Status CheckOptions(const TrainOptions& options) {
  if (!(options.holdout >= 0.0 && options.holdout < 1.0)) {
    return {StatusCode::kUsage, "the held-out share must be at least 0 and less than 1"};
  }
  LLMEMBED_RETURN_IF_ERROR(eval::CheckPrices(options.prices));
  return bundle::CheckTarget(options.output);
}

}  // namespace

Result<TrainReport> Train(const TrainOptions& options, const RunContext& context) {
  TrainReport report;
  pipeline::CostMeter meter;
  LLMEMBED_RETURN_IF_ERROR(CheckOptions(options));
  LLMEMBED_ASSIGN_OR_RETURN(const recipe::Recipe recipe, ChooseRecipe(options, context));
  LLMEMBED_RETURN_IF_ERROR(CheckCurves(options, recipe));
  if (options.recipe == recipe::kAutoRecipe) meter.Finish("search");
  LLMEMBED_ASSIGN_OR_RETURN(const auto runtime, pipeline::Runtime::Open(context));
  LLMEMBED_ASSIGN_OR_RETURN(
      const auto source,
      pipeline::FeatureSource::Open(recipe, extract::DigestCheck::kRemembered, runtime.get()));
  meter.Finish("open");
  LLMEMBED_ASSIGN_OR_RETURN(const TrainingTexts texts, ReadTexts(options, context, &report.issues));
  meter.Finish("read");
  pipeline::LexicalPart lexical_part;
  if (source->needs_lexical()) {
    LLMEMBED_ASSIGN_OR_RETURN(lexical_part, FitLexical(texts, options.seed, context));
    LLMEMBED_RETURN_IF_ERROR(source->UseLexical(lexical_part.model));
    meter.Finish("fit words");
  }
  pipeline::DatasetRows rows = pipeline::AllRows(texts.all);
  rows.word_scores = lexical_part.word_scores;
  LLMEMBED_ASSIGN_OR_RETURN(const auto features, pipeline::ComputeFeatures(rows, options.data.path,
                                                                           source.get(), context));
  base::ScratchFloats test_features;
  if (texts.has_test_file) {
    LLMEMBED_ASSIGN_OR_RETURN(
        test_features, pipeline::ComputeFeatures(pipeline::AllRows(texts.test), options.test_path,
                                                 source.get(), context));
  }
  // A test file's labels begin with those of the training file.
  const data::LabelledDataset& all_labels = texts.has_test_file ? texts.test : texts.all;
  report.extraction = source->backbones().report(all_labels.label_names());
  meter.Finish("embed");
  LLMEMBED_ASSIGN_OR_RETURN(
      auto trained,
      pipeline::FitHead(recipe.head,
                        {.features = features.values(),
                         .labels = texts.all.labels(),
                         .first_rows = texts.all.first_rows(),
                         .rows = texts.split.train,
                         .classes = static_cast<uint32_t>(texts.all.label_names().size()),
                         .network = source->network()},
                        options.seed, context));
  meter.Finish("train");
  LLMEMBED_ASSIGN_OR_RETURN(report.evaluation, EvaluateTest(trained.head, texts, features.values(),
                                                            test_features.values()));
  report.evaluation.issues = report.issues;
  report.evaluation.extraction = report.extraction;
  meter.Finish("evaluate");
  report.lexical = CountWords(texts, context);
  if (context.IsCancelled()) return Status(StatusCode::kCancelled, "training was cancelled");
  meter.Finish("count words");
  report.cost = eval::MakeCostReport(meter.stages(), options.prices, report.extraction);

  if (!options.curves.empty()) {
    LLMEMBED_ASSIGN_OR_RETURN(report.curves,
                              pipeline::WriteTrainingCurves(trained.log, options.curves));
  }

  report.recipe = recipe.name;
  report.fusion = recipe.fusion;
  report.train_rows = texts.split.train.size();
  report.test_rows = report.evaluation.n;
  report.head = trained.description;
  report.bundle = options.output;
  bundle::Bundle made;
  made.recipe = recipe;
  made.backbones = Records(recipe, *source);
  made.labels = texts.all.label_names();
  made.head = std::move(trained.head);
  made.lexical = lexical_part.model;
  made.head_description = trained.description;
  made.data_sha256 = HashOfRows(texts.all, texts.split.train);
  made.training_rows = report.train_rows;
  made.seed = options.seed;
  made.library_version = Version();
  if (report.evaluation.n > 0) {
    made.metrics = {{"n", report.evaluation.n},
                    {"accuracy", report.evaluation.accuracy},
                    {"macro_f1", report.evaluation.macro_f1},
                    {"log_loss", report.evaluation.log_loss}};
  }
  LLMEMBED_ASSIGN_OR_RETURN(report.bundle_hash,
                            bundle::WriteBundle(made, options.output, RunJson(report, options)));
  return report;
}

}  // namespace llmembed
