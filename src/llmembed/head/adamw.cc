#include "head/adamw.h"

#include <cmath>
#include <numbers>

namespace llmembed::head {
namespace {

constexpr double kBeta1 = 0.9;
constexpr double kBeta2 = 0.999;
constexpr float kEpsilon = 1e-8F;

}  // namespace

AdamW::AdamW(double weight_decay, std::vector<float> decay_mask)
    : weight_decay_(weight_decay),
      decay_mask_(std::move(decay_mask)),
      mean_(decay_mask_.size(), 0.0F),
      square_(decay_mask_.size(), 0.0F) {}

void AdamW::Step(double learning_rate, std::span<const float> gradient,
                 std::span<float> parameters) {
  ++steps_;
  const auto steps = static_cast<double>(steps_);
  const auto rate = static_cast<float>(learning_rate / (1.0 - std::pow(kBeta1, steps)));
  const auto square_correction = static_cast<float>(1.0 / (1.0 - std::pow(kBeta2, steps)));
  const auto decay = static_cast<float>(learning_rate * weight_decay_);
  const auto beta1 = static_cast<float>(kBeta1);
  const auto beta2 = static_cast<float>(kBeta2);
  for (size_t i = 0; i < parameters.size(); ++i) {
    mean_[i] = beta1 * mean_[i] + (1.0F - beta1) * gradient[i];
    square_[i] = beta2 * square_[i] + (1.0F - beta2) * gradient[i] * gradient[i];
    parameters[i] -= decay * decay_mask_[i] * parameters[i];
    parameters[i] -= rate * mean_[i] / (std::sqrt(square_[i] * square_correction) + kEpsilon);
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
