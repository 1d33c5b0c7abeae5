#include "pipeline/search/candidate_scorer.h"

#include <cmath>

#include "pipeline/classify.h"
#include "pipeline/fit_head.h"
#include "pipeline/lexical_baseline.h"

namespace llmembed::pipeline {
namespace {

constexpr uint32_t kRepeats = 3;
constexpr double kMeasuredShare = 0.25;
constexpr uint64_t kSplitSeeds = 100;  // beyond those that choose C

}  // namespace

Result<CandidateScorer> CandidateScorer::Create(const RowSample& rows,
                                                std::span<const std::string> labels, uint64_t seed,
                                                const RunContext& context) {
  CandidateScorer scorer(rows, labels, seed, context);
  const std::vector<uint32_t> all = RowNumbers(rows.size());
  for (uint32_t repeat = 0; repeat < kRepeats; ++repeat) {
    LLMEMBED_ASSIGN_OR_RETURN(
        auto split, data::HoldOut({rows.labels, rows.first_rows, all},
                                  {.share = kMeasuredShare, .seed = seed + kSplitSeeds + repeat}));
    scorer.splits_.push_back(std::move(split));
  }
  return scorer;
}

Result<head::TrainedHead> CandidateScorer::Fit(const Candidate& candidate,
                                               const FusedFeatures& features,
                                               std::span<const uint32_t> rows) const {
  return FitHead(candidate.head,
                 {.features = features.values.values(),
                  .labels = rows_->labels,
                  .first_rows = rows_->first_rows,
                  .rows = rows,
                  .classes = static_cast<uint32_t>(labels_.size()),
                  .network = features.network ? &*features.network : nullptr},
                 seed_, context_);
}

Result<SearchCandidate> CandidateScorer::Score(const Candidate& candidate,
                                               const TapTable& table) const {
  LLMEMBED_ASSIGN_OR_RETURN(const auto fused, table.Fuse(candidate.fusion, context_));
  SearchCandidate scored{.stage = candidate.stage, .fusion = candidate.fusion};
  scored.head = candidate.head.kind == head::HeadKind::kMlp ? "mlp" : "logistic_regression";
  scored.features = fused.head_inputs;
  std::vector<double> accuracies;
  for (const data::Split& split : splits_) {
    LLMEMBED_ASSIGN_OR_RETURN(const auto trained, Fit(candidate, fused, split.train));
    LLMEMBED_ASSIGN_OR_RETURN(const auto evaluation,
                              EvaluateSomeRows(trained.head, labels_, rows_->labels,
                                               fused.values.values(), split.held_out));
    accuracies.push_back(evaluation.accuracy);
    scored.log_loss += evaluation.log_loss / kRepeats;
  }
  for (const double accuracy : accuracies) scored.accuracy += accuracy / kRepeats;
  double squares = 0.0;
  for (const double accuracy : accuracies) squares += std::pow(accuracy - scored.accuracy, 2);
  scored.deviation = std::sqrt(squares / (kRepeats - 1));
  return scored;
}

Result<double> CandidateScorer::ScoreLexical() const {
  double mean = 0.0;
  for (const data::Split& split : splits_) {
    std::vector<std::string_view> texts;
    std::vector<uint32_t> truth;
    for (const uint32_t row : split.held_out) {
      texts.push_back(rows_->texts[row]);
      truth.push_back(rows_->labels[row]);
    }
    LLMEMBED_ASSIGN_OR_RETURN(const auto measured,
                              MeasureLexical({.texts = rows_->texts,
                                              .labels = rows_->labels,
                                              .classes = static_cast<uint32_t>(labels_.size()),
                                              .rows = split.train,
                                              .test_texts = texts,
                                              .truth = truth,
                                              .label_names = labels_},
                                             context_));
    mean += measured.evaluation.accuracy / kRepeats;
  }
  return mean;
}

Result<double> CandidateScorer::Accuracy(const Candidate& candidate, const TapTable& table,
                                         const RowSample& other, const TapTable& other_table,
                                         std::span<const std::string> labels) const {
  LLMEMBED_ASSIGN_OR_RETURN(const auto fused, table.Fuse(candidate.fusion, context_));
  LLMEMBED_ASSIGN_OR_RETURN(const auto other_fused, other_table.Fuse(candidate.fusion, context_));
  LLMEMBED_ASSIGN_OR_RETURN(const auto trained, Fit(candidate, fused, RowNumbers(rows_->size())));
  LLMEMBED_ASSIGN_OR_RETURN(const auto evaluation, EvaluateRows(trained.head, labels, other.labels,
                                                                other_fused.values.values()));
  return evaluation.accuracy;
}

}  // namespace llmembed::pipeline
