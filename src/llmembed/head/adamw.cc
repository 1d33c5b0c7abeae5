#include "head/adamw.h"

#include <cmath>
#include <numbers>

#include "compute/adam.h"
#include "compute/parallel.h"

namespace llmembed::head {
namespace {

constexpr double kBeta1 = 0.9;
constexpr double kBeta2 = 0.999;
constexpr float kEpsilon = 1e-8F;
constexpr size_t kPartSize = 1 << 16;  // parameters that one thread takes at a time

}  // namespace

AdamW::AdamW(double weight_decay, std::span<const float> decay_mask, Optimizer kind)
    : weight_decay_(weight_decay),
      kind_(kind),
      mean_(decay_mask.size(), 0.0F),
      square_(decay_mask.size(), 0.0F) {
  for (size_t i = 0; i < decay_mask.size(); ++i) {
    const bool decays = decay_mask[i] != 0.0F;
    if (runs_.empty() || runs_.back().decays != decays) runs_.push_back({i, i, decays});
    runs_.back().end = i + 1;
  }
}

void AdamW::Step(double learning_rate, std::span<const float> gradient,
                 std::span<float> parameters) {
  ++steps_;
  const auto steps = static_cast<double>(steps_);
  const bool is_adam = kind_ == Optimizer::kAdam;
  compute::AdamStep step{
      .rate = static_cast<float>(learning_rate / (1.0 - std::pow(kBeta1, steps))),
      .square_correction = static_cast<float>(1.0 / (1.0 - std::pow(kBeta2, steps))),
      .beta1 = static_cast<float>(kBeta1),
      .rest1 = static_cast<float>(1.0 - kBeta1),  // not of the rounded ones: 1e-5 beside it
      .beta2 = static_cast<float>(kBeta2),
      .rest2 = static_cast<float>(1.0 - kBeta2),
      .epsilon = kEpsilon};
  for (const Run& run : runs_) {
    step.decay = static_cast<float>(run.decays && !is_adam ? learning_rate * weight_decay_ : 0.0);
    step.coupled_decay = static_cast<float>(run.decays && is_adam ? weight_decay_ : 0.0);
    compute::ParallelParts(run.end - run.begin, kPartSize, [&](size_t begin, size_t end) {
      const size_t i = run.begin + begin;
      compute::AdamUpdate(step, {&gradient[i], &mean_[i], &square_[i], &parameters[i]},
                          end - begin);
    });
  }
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
