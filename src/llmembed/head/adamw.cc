#include "head/adamw.h"

#include <cmath>
#include <numbers>

#include "compute/parallel.h"

namespace llmembed::head {
namespace {

constexpr double kBeta1 = 0.9;
constexpr double kBeta2 = 0.999;
constexpr float kEpsilon = 1e-8F;
constexpr size_t kPartSize = 1 << 16;  // parameters that one thread takes at a time

}  // namespace

AdamW::AdamW(double weight_decay, std::vector<float> decay_mask, Optimizer kind)
    : weight_decay_(weight_decay),
      kind_(kind),
      decay_mask_(std::move(decay_mask)),
      mean_(decay_mask_.size(), 0.0F),
      square_(decay_mask_.size(), 0.0F) {}

void AdamW::Step(double learning_rate, std::span<const float> gradient,
                 std::span<float> parameters) {
  ++steps_;
  const auto steps = static_cast<double>(steps_);
  const auto rate = static_cast<float>(learning_rate / (1.0 - std::pow(kBeta1, steps)));
  const auto square_correction = static_cast<float>(1.0 / (1.0 - std::pow(kBeta2, steps)));
  const bool is_adam = kind_ == Optimizer::kAdam;
  const auto decay = static_cast<float>(is_adam ? 0.0 : learning_rate * weight_decay_);
  const auto coupled_decay = static_cast<float>(is_adam ? weight_decay_ : 0.0);
  const auto beta1 = static_cast<float>(kBeta1);
  const auto beta2 = static_cast<float>(kBeta2);
  const auto rest1 = static_cast<float>(1.0 - kBeta1);  // not of the rounded ones: 1e-5 beside it
  const auto rest2 = static_cast<float>(1.0 - kBeta2);
  compute::ParallelParts(parameters.size(), kPartSize, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      const float slope = gradient[i] + coupled_decay * decay_mask_[i] * parameters[i];
      mean_[i] = beta1 * mean_[i] + rest1 * slope;
      square_[i] = beta2 * square_[i] + rest2 * slope * slope;
      parameters[i] -= decay * decay_mask_[i] * parameters[i];
      parameters[i] -= rate * mean_[i] / (std::sqrt(square_[i] * square_correction) + kEpsilon);
    }
  });
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
