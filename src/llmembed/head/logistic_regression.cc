#include "head/logistic_regression.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "head/lbfgs.h"
#include "head/logistic_objective.h"

namespace llmembed::head {
namespace {

// C when there are no held-out rows to choose it by, if the configuration leaves it open.
constexpr double kDefaultC = 1.0;

// So many values of C in a row that are worse than the best end the choice: held-out loss has one
// minimum along C, up to noise, and the largest values take the most iterations.
constexpr uint32_t kWorseInARow = 3;

// Held-out loss stands still long before the gradient is as small as it is asked to be: what only
// chooses C is fitted to so many times the tolerance, in half the time or less.
constexpr double kChoosingTolerance = 10.0;

std::string FormatC(double c) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.3g", c);
  return text;
}

// A value of C and the parameters fitted with it.
struct Choice {
  double c = kDefaultC;
  ValidationMetrics validation;
  std::vector<double> parameters;
};

class Trainer {
 public:
  Trainer(const LogisticRegressionConfig& config, const TrainingData& data,
          const RunContext& context)
      : config_(config),
        data_(data),
        context_(context),
        fits_(data.validation_rows.empty() ? 1 : config.c_values.size() + 1) {}

  // One fit of `objective` from `parameters`, which move to the minimum; logged.
  Status Fit(LogisticObjective* objective, double c, double tolerance,
             std::vector<double>* parameters) {
    objective->set_c(c);
    LLMEMBED_ASSIGN_OR_RETURN(
        const LbfgsOutcome outcome,
        MinimizeLbfgs([&](std::span<const double> x,
                          std::span<double> gradient) { return objective->Evaluate(x, gradient); },
                      {.max_iterations = config_.max_iterations, .gradient_tolerance = tolerance},
                      *parameters));
    TrainingLogEntry entry;
    entry.c = c;
    entry.iterations = outcome.iterations;
    entry.converged = outcome.converged;
    entry.training_loss = outcome.value;
    log_.push_back(entry);
    context_.Report({"training the head", "fits", log_.size(), fits_, log_.size() == fits_});
    return Status();
  }

  // The best value of C on the held-out rows. One fit is left after it.
  Result<Choice> Choose(LogisticObjective* objective) {
    Choice best;
    std::vector<double> parameters(objective->parameter_count(), 0.0);
    uint32_t worse = 0;
    for (const double c : config_.c_values) {
      if (worse == kWorseInARow) break;
      LLMEMBED_RETURN_IF_ERROR(
          Fit(objective, c, kChoosingTolerance * config_.gradient_tolerance, &parameters));
      LLMEMBED_ASSIGN_OR_RETURN(log_.back().validation,
                                Validate(objective->ToHead(parameters), data_));
      if (best.parameters.empty() || IsBetter(log_.back().validation, best.validation)) {
        best = {c, log_.back().validation, parameters};
        worse = 0;
      } else {
        ++worse;
      }
    }
    fits_ = log_.size() + 1;
    return best;
  }

  const std::vector<TrainingLogEntry>& log() const { return log_; }

 private:
  const LogisticRegressionConfig& config_;
  const TrainingData& data_;
  const RunContext& context_;
  std::vector<TrainingLogEntry> log_;
  uint64_t fits_;  // that there will be
};

std::string Describe(const LogisticRegressionConfig& config, const Choice& choice,
                     const TrainingLogEntry& final_fit) {
  std::string text = "logistic regression, C = " + FormatC(choice.c);
  if (config.c_values.size() > 1) {
    text += choice.validation.rows > 0 ? ", chosen on " + HeldOutRows(choice.validation.rows)
                                       : " (no held-out rows to choose it on)";
  }
  if (!final_fit.converged) {
    text += ", not converged after " + std::to_string(final_fit.iterations) + " iterations";
  }
  return text;
}

}  // namespace

Result<TrainedHead> TrainLogisticRegression(const HeadConfig& config, const TrainingData& data,
                                            const Standardizer& standardizer,
                                            const RunContext& context) {
  const LogisticRegressionConfig& settings = config.logistic_regression;
  base::ThreadPool pool(context.threads);
  Trainer trainer(settings, data, context);
  Choice choice;
  if (data.validation_rows.empty()) {
    if (settings.c_values.size() == 1) choice.c = settings.c_values.front();
  } else {
    LogisticObjective objective(data, standardizer,
                                RowWeights(data, data.fit_rows, config.class_weighting), &pool,
                                context.cancelled);
    LLMEMBED_ASSIGN_OR_RETURN(choice, trainer.Choose(&objective));
  }

  LogisticObjective objective(data, standardizer,
                              RowWeights(data, data.ListedRows(), config.class_weighting), &pool,
                              context.cancelled);
  choice.parameters.resize(objective.parameter_count(), 0.0);
  LLMEMBED_RETURN_IF_ERROR(
      trainer.Fit(&objective, choice.c, settings.gradient_tolerance, &choice.parameters));

  TrainedHead result;
  result.head = objective.ToHead(choice.parameters);
  result.log = trainer.log();
  result.converged = result.log.back().converged;
  result.description = Describe(settings, choice, result.log.back());
  result.validation = choice.validation;
  return result;
}

}  // namespace llmembed::head
