// `search`: layers, fusions and heads tried on labelled texts; the best is a recipe.
#include <algorithm>
#include <chrono>
#include <optional>

#include "backbone/config_reader.h"
#include "data/labelled_dataset.h"
#include "data/split.h"
#include "eval/cost.h"
#include "eval/plot/pareto.h"
#include "llmembed/models.h"
#include "llmembed/search.h"
#include "pipeline/cost_meter.h"
#include "pipeline/row_sample.h"
#include "pipeline/runtime.h"
#include "pipeline/search/candidate_scorer.h"
#include "pipeline/search/candidates.h"
#include "pipeline/search/layer_costs.h"
#include "pipeline/search/search_files.h"
#include "pipeline/search/tap_table.h"
#include "recipe/recipe.h"

namespace llmembed {
namespace {

constexpr uint32_t kMaxBudget = 1000;
constexpr double kLayerShare = 0.7;  // of the budget, at most, for layers on their own
constexpr size_t kTimedTexts = 64;

class SearchJob {
 public:
  SearchJob(const SearchOptions& options, const RunContext& context)
      : options_(options), context_(context) {}

  Result<SearchReport> Run();

 private:
  Status FindLayers();
  Status ReadRows();
  Status TryCandidates();
  Status Try(const std::vector<pipeline::Candidate>& candidates);
  Status MeasureCosts();
  Status MeasureTest();
  std::vector<pipeline::LayerScore> LayerScores() const;
  std::vector<pipeline::LayerCurve> LayerCurves() const;
  size_t BestIndex() const;
  recipe::Recipe BestRecipe() const;
  // The deepest layer of each backbone that a fusion needs; -1: none.
  std::vector<int> Depths(const std::string& fusion) const;
  size_t BudgetLeft() const {
    return options_.budget - std::min<size_t>(options_.budget, report_.candidates.size());
  }

  const SearchOptions& options_;
  const RunContext& context_;
  pipeline::CostMeter meter_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  recipe::Recipe recipe_;
  std::unique_ptr<pipeline::Runtime> runtime_;
  data::LabelledDataset data_, test_data_;
  pipeline::RowSample train_, test_;
  std::vector<std::string> test_labels_;  // data_'s, then those of the test file only
  std::vector<pipeline::SearchedBackbone> backbones_;
  std::optional<pipeline::TapTable> table_;  // of train_
  std::optional<pipeline::CandidateScorer> scorer_;
  std::vector<pipeline::Candidate> tried_;  // of report_.candidates, until they are sorted
  SearchReport report_;
};

Status SearchJob::FindLayers() {
  for (const recipe::BackboneSpec& spec : recipe_.backbones) {
    LLMEMBED_ASSIGN_OR_RETURN(const std::string path, ModelPath(spec.model, context_));
    LLMEMBED_ASSIGN_OR_RETURN(const auto found, backbone::ReadConfig(path));
    backbones_.push_back({spec.name, static_cast<int>(found.config.layers)});
  }
  return {};
}

Status SearchJob::ReadRows() {
  data::IssueLog log(options_.data.path);
  LLMEMBED_ASSIGN_OR_RETURN(data_,
                            data::LabelledDataset::LoadTraining(options_.data, context_, &log));
  report_.issues = log.Issues();
  std::vector<uint32_t> train = pipeline::RowNumbers(data_.size());
  const auto divide = [&](double share) {
    return data::HoldOut({data_.labels(), data_.first_rows(), train},
                         {.share = share, .seed = options_.seed});
  };
  test_labels_ = data_.label_names();
  if (!options_.test_path.empty()) {
    DataSource source = options_.data;
    source.path = options_.test_path;
    data::IssueLog test_log(source.path);
    LLMEMBED_ASSIGN_OR_RETURN(test_data_, data::LabelledDataset::LoadEvaluation(
                                              source, data_.label_names(), context_, &test_log));
    test_ = pipeline::SelectRows(test_data_, pipeline::RowNumbers(test_data_.size()));
    test_labels_ = test_data_.label_names();
  } else if (options_.holdout > 0.0) {
    LLMEMBED_ASSIGN_OR_RETURN(auto split, divide(options_.holdout));
    train = std::move(split.train);
    test_ = pipeline::SelectRows(data_, split.held_out);
  }
  if (options_.train_rows > 0 && train.size() > options_.train_rows) {
    // The held-out part of that size: by class, with equal texts together.
    LLMEMBED_ASSIGN_OR_RETURN(auto split, divide(static_cast<double>(options_.train_rows) /
                                                 static_cast<double>(train.size())));
    train = std::move(split.held_out);
  }
  train_ = pipeline::SelectRows(data_, train);
  report_.train_rows = train_.size();
  report_.test_rows = test_.size();
  return {};
}

Status SearchJob::Try(const std::vector<pipeline::Candidate>& candidates) {
  Progress progress{.stage = "searching", .unit = "candidates"};
  progress.total = report_.candidates.size() + candidates.size();
  for (const pipeline::Candidate& candidate : candidates) {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
    const bool is_late = options_.max_seconds > 0.0 && elapsed.count() > options_.max_seconds;
    if (is_late && !report_.candidates.empty()) {
      report_.is_cut_short = true;
      break;
    }
    LLMEMBED_ASSIGN_OR_RETURN(auto scored, scorer_->Score(candidate, *table_));
    report_.candidates.push_back(std::move(scored));
    tried_.push_back(candidate);
    progress.done = report_.candidates.size();
    context_.Report(progress);
  }
  return {};
}

Status SearchJob::TryCandidates() {
  const head::HeadConfig linear;  // what layers and fusions are compared by
  const size_t for_layers = std::max(
      backbones_.size(), static_cast<size_t>(kLayerShare * static_cast<double>(options_.budget)));
  LLMEMBED_RETURN_IF_ERROR(Try(pipeline::LayerCandidates(backbones_, for_layers, linear)));
  const auto own = pipeline::OwnCandidate(recipe_);
  if (own && !report_.is_cut_short && BudgetLeft() > 0) LLMEMBED_RETURN_IF_ERROR(Try({*own}));
  if (!report_.is_cut_short) {
    LLMEMBED_RETURN_IF_ERROR(
        Try(pipeline::FusionCandidates(backbones_, LayerScores(), BudgetLeft(), linear)));
  }
  std::vector<pipeline::Candidate> heads = pipeline::HeadCandidates(tried_[BestIndex()]);
  heads.resize(std::min(heads.size(), BudgetLeft()));
  if (!report_.is_cut_short) LLMEMBED_RETURN_IF_ERROR(Try(heads));
  context_.Report(
      {"searching", "candidates", report_.candidates.size(), report_.candidates.size(), true});
  return {};
}

std::vector<int> SearchJob::Depths(const std::string& fusion) const {
  std::vector<int> depths(backbones_.size(), -1);
  const auto expression = fusion::Expression::Parse(fusion);
  if (!expression.ok()) return depths;
  for (const fusion::Tap& given : expression->taps()) {
    const fusion::Tap tap = pipeline::FromTheFront(given, backbones_);
    for (size_t i = 0; i < backbones_.size(); ++i) {
      if (backbones_[i].name == tap.backbone) depths[i] = std::max(depths[i], tap.layer);
    }
  }
  return depths;
}

std::vector<pipeline::LayerScore> SearchJob::LayerScores() const {
  std::vector<pipeline::LayerScore> scores;
  const std::vector<pipeline::LayerCurve> curves = LayerCurves();
  for (size_t i = 0; i < curves.size(); ++i) {
    for (const auto& [layer, candidate] : curves[i].layers) {
      scores.push_back({i, layer, candidate->accuracy});
    }
  }
  return scores;
}

std::vector<pipeline::LayerCurve> SearchJob::LayerCurves() const {
  std::vector<pipeline::LayerCurve> curves;
  for (const pipeline::SearchedBackbone& backbone : backbones_) curves.push_back({backbone.name});
  for (const SearchCandidate& candidate : report_.candidates) {
    if (candidate.stage != "layer") continue;
    const std::vector<int> depths = Depths(candidate.fusion);
    for (size_t i = 0; i < depths.size(); ++i) {
      if (depths[i] >= 0) curves[i].layers.emplace_back(depths[i], &candidate);
    }
  }
  return curves;
}

// The most accurate; of equal ones the smaller log-loss, then the first tried, which is simpler.
size_t SearchJob::BestIndex() const {
  size_t best = 0;
  for (size_t i = 1; i < report_.candidates.size(); ++i) {
    const SearchCandidate& a = report_.candidates[i];
    const SearchCandidate& b = report_.candidates[best];
    if (a.accuracy > b.accuracy || (a.accuracy == b.accuracy && a.log_loss < b.log_loss)) best = i;
  }
  return best;
}

recipe::Recipe SearchJob::BestRecipe() const {
  const pipeline::Candidate& best = tried_[BestIndex()];
  recipe::Recipe recipe = recipe_;
  recipe.name = "searched";
  recipe.fusion = best.fusion;
  recipe.head = best.head;
  const std::vector<int> depths = Depths(best.fusion);
  for (size_t i = depths.size(); i-- > 0;) {
    if (depths[i] < 0) recipe.backbones.erase(recipe.backbones.begin() + static_cast<int64_t>(i));
  }
  return recipe;
}

Status SearchJob::MeasureCosts() {
  const std::span<const std::string_view> texts = train_.texts;
  pipeline::LayerCosts costs(recipe_, backbones_, texts.first(std::min(kTimedTexts, texts.size())),
                             context_);
  std::vector<eval::ScatterPoint> points;
  for (SearchCandidate& candidate : report_.candidates) {
    LLMEMBED_RETURN_IF_ERROR(costs.Fill(Depths(candidate.fusion), &candidate));
    points.push_back({candidate.fusion, candidate.milliseconds_per_text, candidate.accuracy});
  }
  for (const size_t i : eval::ParetoFront(points, eval::Better::kLess, eval::Better::kMore)) {
    report_.candidates[i].is_on_front = true;
  }
  return {};
}

// The best of all and each layer alone, trained on all rows that were searched on.
Status SearchJob::MeasureTest() {
  if (test_.size() == 0) return {};
  const std::string& path = options_.test_path.empty() ? options_.data.path : options_.test_path;
  LLMEMBED_ASSIGN_OR_RETURN(
      const auto test_table,
      pipeline::TapTable::Build(recipe_, backbones_, test_.rows(), path, runtime_.get(), context_));
  const size_t best = BestIndex();
  for (size_t i = 0; i < report_.candidates.size(); ++i) {
    if (i != best && report_.candidates[i].stage != "layer") continue;
    LLMEMBED_ASSIGN_OR_RETURN(
        report_.candidates[i].test_accuracy,
        scorer_->Accuracy(tried_[i], *table_, test_, test_table, test_labels_));
  }
  return {};
}

Result<SearchReport> SearchJob::Run() {
  if (options_.budget < 1 || options_.budget > kMaxBudget || !(options_.holdout >= 0.0) ||
      !(options_.holdout < 1.0)) {
    return Status(StatusCode::kUsage,
                  "expected a budget of 1 to 1,000 candidates and a held-out share of at least 0 "
                  "and less than 1");
  }
  LLMEMBED_RETURN_IF_ERROR(eval::CheckPrices(options_.prices));
  LLMEMBED_ASSIGN_OR_RETURN(recipe_, recipe::LoadRecipe(options_.recipe));
  LLMEMBED_RETURN_IF_ERROR(FindLayers());
  LLMEMBED_RETURN_IF_ERROR(ReadRows());
  meter_.Finish("read");
  LLMEMBED_ASSIGN_OR_RETURN(scorer_, pipeline::CandidateScorer::Create(train_, data_.label_names(),
                                                                       options_.seed, context_));
  report_.repeats = scorer_->repeats();
  LLMEMBED_ASSIGN_OR_RETURN(runtime_, pipeline::Runtime::Open(context_));
  LLMEMBED_ASSIGN_OR_RETURN(
      table_, pipeline::TapTable::Build(recipe_, backbones_, train_.rows(), options_.data.path,
                                        runtime_.get(), context_));
  report_.extraction = table_->extraction();
  meter_.Finish("embed");
  if (!options_.choose_only) {
    LLMEMBED_ASSIGN_OR_RETURN(report_.lexical_accuracy, scorer_->ScoreLexical());
    meter_.Finish("count words");
  }
  LLMEMBED_RETURN_IF_ERROR(TryCandidates());
  meter_.Finish("try candidates");
  if (!options_.choose_only) {
    LLMEMBED_RETURN_IF_ERROR(MeasureCosts());
    meter_.Finish("time layers");
    LLMEMBED_RETURN_IF_ERROR(MeasureTest());
    if (test_.size() > 0) meter_.Finish("test");
  }
  report_.cost = eval::MakeCostReport(meter_.stages(), options_.prices, report_.extraction);
  report_.recipe = recipe::ToYaml(BestRecipe());
  if (!options_.output.empty()) {
    LLMEMBED_ASSIGN_OR_RETURN(report_.files,
                              pipeline::WriteSearchFiles(report_, LayerCurves(), options_.output));
  }
  std::ranges::stable_sort(report_.candidates, [](const auto& a, const auto& b) {
    return a.accuracy != b.accuracy ? a.accuracy > b.accuracy : a.log_loss < b.log_loss;
  });
  return std::move(report_);
}

}  // namespace

Result<SearchReport> Search(const SearchOptions& options, const RunContext& context) {
  return SearchJob(options, context).Run();
}

}  // namespace llmembed
