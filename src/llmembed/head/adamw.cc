#include "head/adamw.h"

#include <cmath>
#include <numbers>

namespace llmembed::head {
namespace {

constexpr double kBeta1 = 0.9;
constexpr double kBeta2 = 0.999;
constexpr float kEpsilon = 1e-8F;

}  // namespace

Result<AdamW> AdamW::Create(compute::RowOps* ops, const Options& options,
                            std::span<const float> decay_mask) {
  AdamW made;
  made.ops_ = ops;
  made.options_ = options;
  for (compute::Array<float>* moment : {&made.mean_, &made.square_}) {
    LLMEMBED_RETURN_IF_ERROR(moment->Resize(ops, decay_mask.size()));
    LLMEMBED_RETURN_IF_ERROR(moment->Zero(ops));
  }
  for (size_t i = 0; i < decay_mask.size(); ++i) {
    const bool decays = decay_mask[i] != 0.0F;
    if (made.runs_.empty() || made.runs_.back().decays != decays) {
      made.runs_.push_back({i, i, decays});
    }
    made.runs_.back().end = i + 1;
  }
  return made;
}

Status AdamW::Step(double learning_rate, std::span<const float> gradient,
                   std::span<float> parameters) {
  ++steps_;
  const auto steps = static_cast<double>(steps_);
  const bool is_adam = options_.kind == Optimizer::kAdam;
  const double weight_decay = options_.weight_decay;
  compute::AdamStep step{
      .rate = static_cast<float>(learning_rate / (1.0 - std::pow(kBeta1, steps))),
      .square_correction = static_cast<float>(1.0 / (1.0 - std::pow(kBeta2, steps))),
      .beta1 = static_cast<float>(kBeta1),
      .rest1 = static_cast<float>(1.0 - kBeta1),  // not of the rounded ones: 1e-5 beside it
      .beta2 = static_cast<float>(kBeta2),
      .rest2 = static_cast<float>(1.0 - kBeta2),
      .epsilon = kEpsilon};
  for (const Run& run : runs_) {
    step.decay = static_cast<float>(run.decays && !is_adam ? learning_rate * weight_decay : 0.0);
    step.coupled_decay = static_cast<float>(run.decays && is_adam ? weight_decay : 0.0);
    LLMEMBED_RETURN_IF_ERROR(
        ops_->AdamUpdate(step,
                         {gradient.data() + run.begin, mean_.data() + run.begin,
                          square_.data() + run.begin, parameters.data() + run.begin},
                         run.end - run.begin));
  }
  return {};
}

double LearningRateAt(const MlpConfig& config, uint64_t step, uint64_t total) {
  const double warmup = std::floor(config.warmup_share * static_cast<double>(total));
  const auto position = static_cast<double>(step);
  if (position < warmup) return config.learning_rate * (position + 1.0) / (warmup + 1.0);
  if (config.schedule == LearningRateSchedule::kConstant) return config.learning_rate;
  const double progress = (position - warmup) / (static_cast<double>(total) - warmup);
  return config.learning_rate * 0.5 * (1.0 + std::cos(std::numbers::pi * progress));
}

}  // namespace llmembed::head
