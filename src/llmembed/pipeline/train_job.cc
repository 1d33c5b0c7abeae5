// `train`: the main path. Read, embed, fuse, train, evaluate, write.
#include <ctime>
#include <memory>
#include <optional>

#include "bundle/bundle.h"
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
#include "pipeline/training_texts.h"
#include "recipe/recipe.h"

namespace llmembed {
namespace {

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

// Nothing when there is no test part, or too little text to count words in.
std::optional<LexicalBaseline> CountWords(const pipeline::TrainingTexts& texts,
                                          const RunContext& context) {
  const pipeline::RowSample held_out = pipeline::SelectRows(texts.all, texts.split.held_out);
  pipeline::LexicalInput input{.texts = texts.all.texts(),
                               .labels = texts.all.labels(),
                               .classes = texts.classes(),
                               .rows = texts.split.train,
                               .test_texts = held_out.texts,
                               .truth = held_out.labels,
                               .label_names = texts.label_names()};
  if (texts.has_test_file) {
    input.test_texts = texts.test.texts();
    input.truth = texts.test.labels();
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

class TrainJob {
 public:
  TrainJob(const TrainOptions& options, const RunContext& context)
      : options_(options), context_(context) {}

  Result<TrainReport> Run();

 private:
  Status Open();
  Status Embed();
  Status FitHead();
  Status Measure();
  Status Write();
  Result<EvaluationReport> EvaluateTest() const;
  bundle::Bundle MakeBundle() const;

  const TrainOptions& options_;
  const RunContext& context_;
  pipeline::CostMeter meter_;
  recipe::Recipe recipe_;
  std::unique_ptr<pipeline::Runtime> runtime_;
  std::unique_ptr<pipeline::FeatureSource> source_;
  pipeline::TrainingTexts texts_;
  pipeline::LexicalPart lexical_;
  base::ScratchFloats features_, test_features_;  // of texts_.all and texts_.test
  head::TrainedHead trained_;
  TrainReport report_;
};

Status TrainJob::Open() {
  LLMEMBED_ASSIGN_OR_RETURN(recipe_, ChooseRecipe(options_, context_));
  LLMEMBED_RETURN_IF_ERROR(CheckCurves(options_, recipe_));
  if (options_.recipe == recipe::kAutoRecipe) meter_.Finish("search");
  LLMEMBED_ASSIGN_OR_RETURN(runtime_, pipeline::Runtime::Open(context_));
  LLMEMBED_ASSIGN_OR_RETURN(
      source_,
      pipeline::FeatureSource::Open(recipe_, extract::DigestCheck::kRemembered, runtime_.get()));
  meter_.Finish("open");
  return {};
}

Status TrainJob::Embed() {
  if (source_->needs_lexical()) {
    LLMEMBED_ASSIGN_OR_RETURN(
        lexical_, pipeline::FitLexicalPart({.texts = texts_.all.texts(),
                                            .labels = texts_.all.labels(),
                                            .classes = texts_.classes(),
                                            .rows = texts_.split.train},
                                           texts_.all.first_rows(), options_.seed, context_));
    LLMEMBED_RETURN_IF_ERROR(source_->UseLexical(lexical_.model));
    meter_.Finish("fit words");
  }
  pipeline::DatasetRows rows = pipeline::AllRows(texts_.all);
  rows.word_scores = lexical_.word_scores;
  LLMEMBED_ASSIGN_OR_RETURN(
      features_, pipeline::ComputeFeatures(rows, options_.data.path, source_.get(), context_));
  if (texts_.has_test_file) {
    LLMEMBED_ASSIGN_OR_RETURN(
        test_features_, pipeline::ComputeFeatures(pipeline::AllRows(texts_.test),
                                                  options_.test_path, source_.get(), context_));
  }
  report_.extraction = source_->backbones().report(texts_.label_names());
  meter_.Finish("embed");
  return {};
}

Status TrainJob::FitHead() {
  LLMEMBED_ASSIGN_OR_RETURN(trained_, pipeline::FitHead(recipe_.head,
                                                        {.features = features_.values(),
                                                         .labels = texts_.all.labels(),
                                                         .first_rows = texts_.all.first_rows(),
                                                         .rows = texts_.split.train,
                                                         .classes = texts_.classes(),
                                                         .network = source_->network()},
                                                        options_.seed, context_));
  meter_.Finish("train");
  return {};
}

Result<EvaluationReport> TrainJob::EvaluateTest() const {
  if (texts_.has_test_file) {
    return pipeline::EvaluateRows(trained_.head, texts_.label_names(), texts_.test.labels(),
                                  test_features_.values());
  }
  if (texts_.split.held_out.empty()) return EvaluationReport{};
  return pipeline::EvaluateSomeRows(trained_.head, texts_.label_names(), texts_.all.labels(),
                                    features_.values(), texts_.split.held_out);
}

Status TrainJob::Measure() {
  LLMEMBED_ASSIGN_OR_RETURN(report_.evaluation, EvaluateTest());
  report_.evaluation.issues = report_.issues;
  report_.evaluation.extraction = report_.extraction;
  meter_.Finish("evaluate");
  report_.lexical = CountWords(texts_, context_);
  if (context_.IsCancelled()) return {StatusCode::kCancelled, "training was cancelled"};
  meter_.Finish("count words");
  report_.cost = eval::MakeCostReport(meter_.stages(), options_.prices, report_.extraction);
  report_.recipe = recipe_.name;
  report_.fusion = recipe_.fusion;
  report_.train_rows = texts_.split.train.size();
  report_.test_rows = report_.evaluation.n;
  report_.head = trained_.description;
  report_.bundle = options_.output;
  return {};
}

bundle::Bundle TrainJob::MakeBundle() const {
  bundle::Bundle made;
  made.recipe = recipe_;
  made.backbones = Records(recipe_, *source_);
  made.labels = texts_.all.label_names();
  made.head = trained_.head;
  made.lexical = lexical_.model;
  made.head_description = trained_.description;
  made.data_sha256 = pipeline::HashOfRows(texts_.all, texts_.split.train);
  made.training_rows = report_.train_rows;
  made.seed = options_.seed;
  made.library_version = Version();
  if (report_.evaluation.n > 0) {
    made.metrics = {{"n", report_.evaluation.n},
                    {"accuracy", report_.evaluation.accuracy},
                    {"macro_f1", report_.evaluation.macro_f1},
                    {"log_loss", report_.evaluation.log_loss}};
  }
  return made;
}

Status TrainJob::Write() {
  if (!options_.curves.empty()) {
    LLMEMBED_ASSIGN_OR_RETURN(report_.curves,
                              pipeline::WriteTrainingCurves(trained_.log, options_.curves));
  }
  LLMEMBED_ASSIGN_OR_RETURN(report_.bundle_hash, bundle::WriteBundle(MakeBundle(), options_.output,
                                                                     RunJson(report_, options_)));
  return {};
}

Result<TrainReport> TrainJob::Run() {
  LLMEMBED_RETURN_IF_ERROR(CheckOptions(options_));
  LLMEMBED_RETURN_IF_ERROR(Open());
  LLMEMBED_ASSIGN_OR_RETURN(texts_,
                            pipeline::ReadTrainingTexts(options_, context_, &report_.issues));
  meter_.Finish("read");
  LLMEMBED_RETURN_IF_ERROR(Embed());
  LLMEMBED_RETURN_IF_ERROR(FitHead());
  LLMEMBED_RETURN_IF_ERROR(Measure());
  LLMEMBED_RETURN_IF_ERROR(Write());
  return std::move(report_);
}

}  // namespace

Result<TrainReport> Train(const TrainOptions& options, const RunContext& context) {
  return TrainJob(options, context).Run();
}

}  // namespace llmembed
