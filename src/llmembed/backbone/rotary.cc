#include "backbone/rotary.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace llmembed::backbone {
namespace {

// 1 / base^(2 i / H), as torch computes it in f32.
std::vector<float> PlainFrequencies(double base, size_t head_size) {
  std::vector<float> frequencies(head_size / 2);
  for (size_t i = 0; i < frequencies.size(); ++i) {
    const float exponent = static_cast<float>(2 * i) / static_cast<float>(head_size);
    const auto power = static_cast<float>(std::pow(base, static_cast<double>(exponent)));
    frequencies[i] = 1.0F / power;
  }
  return frequencies;
}

void ScaleLlama3(const RotaryConfig& config, std::vector<float>* frequencies) {
  const auto original = static_cast<double>(config.original_positions);
  const double longest = original / config.low_frequency;
  const double shortest = original / config.high_frequency;
  for (float& frequency : *frequencies) {
    const double wavelength = 2.0 * std::numbers::pi / static_cast<double>(frequency);
    if (wavelength < shortest) continue;
    const float divided = frequency / static_cast<float>(config.factor);
    if (wavelength > longest) {
      frequency = divided;
      continue;
    }
    const auto smooth = static_cast<float>((original / wavelength - config.low_frequency) /
                                           (config.high_frequency - config.low_frequency));
    frequency = (1.0F - smooth) * divided + smooth * frequency;
  }
}

void ScaleYarn(const RotaryConfig& config, size_t head_size, std::vector<float>* frequencies) {
  const auto dimension = static_cast<double>(head_size);
  const auto correction = [&](double rotations) {
    const double turns =
        static_cast<double>(config.original_positions) / (rotations * 2.0 * std::numbers::pi);
    return dimension * std::log(turns) / (2.0 * std::log(config.theta));
  };
  const double low = std::max(std::floor(correction(config.beta_fast)), 0.0);
  double high = std::min(std::ceil(correction(config.beta_slow)), dimension - 1.0);
  if (low == high) high += 0.001;
  for (size_t i = 0; i < frequencies->size(); ++i) {
    const double ramp = std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0);
    const auto extrapolated = static_cast<float>(1.0 - ramp);
    float& frequency = (*frequencies)[i];
    frequency = frequency / static_cast<float>(config.factor) * (1.0F - extrapolated) +
                frequency * extrapolated;
  }
}

}  // namespace

std::vector<float> RotaryFrequencies(const RotaryConfig& config, size_t head_size, size_t length) {
  double base = config.theta;
  if (config.scaling == RotaryScaling::kDynamic && length > config.original_positions) {
    const auto dimension = static_cast<double>(head_size);
    const double growth = config.factor * static_cast<double>(length) /
                              static_cast<double>(config.original_positions) -
                          (config.factor - 1.0);
    base *= std::pow(growth, dimension / (dimension - 2.0));
  }
  std::vector<float> frequencies = PlainFrequencies(base, head_size);
  for (size_t i = 0; i < config.frequency_divisors.size(); ++i) {
    frequencies[i] /= config.frequency_divisors[i];
  }
  switch (config.scaling) {
    case RotaryScaling::kNone:
    case RotaryScaling::kDynamic:
      break;
    case RotaryScaling::kLinear:
      for (float& frequency : frequencies) frequency /= static_cast<float>(config.factor);
      break;
    case RotaryScaling::kLlama3:
      ScaleLlama3(config, &frequencies);
      break;
    case RotaryScaling::kYarn:
      ScaleYarn(config, head_size, &frequencies);
      break;
  }
  return frequencies;
}

RotaryTable::RotaryTable(const RotaryConfig& config, size_t head_size)
    : config_(config),
      head_size_(head_size),
      frequencies_(RotaryFrequencies(config, head_size, 0)) {}

void RotaryTable::AppendRow(int32_t position, std::span<const float> frequencies,
                            std::vector<float>* cos, std::vector<float>* sin) const {
  for (const float frequency : frequencies) {
    const double angle = static_cast<float>(position) * frequency;  // rounded to f32
    cos->push_back(static_cast<float>(std::cos(angle) * config_.attention_factor));
    sin->push_back(static_cast<float>(std::sin(angle) * config_.attention_factor));
  }
}

void RotaryTable::Extend(size_t positions) {
  for (size_t known = cos_.size() / frequencies_.size(); known < positions; ++known) {
    AppendRow(static_cast<int32_t>(known), frequencies_, &cos_, &sin_);
  }
}

void RotaryTable::Append(std::span<const int32_t> positions, std::vector<float>* cos,
                         std::vector<float>* sin) {
  const auto length = static_cast<size_t>(positions.back()) + 1;
  if (config_.scaling == RotaryScaling::kDynamic && length > config_.original_positions) {
    const auto frequencies = RotaryFrequencies(config_, head_size_, length);
    for (const int32_t position : positions) AppendRow(position, frequencies, cos, sin);
    return;
  }
  Extend(length);
  const auto half = static_cast<ptrdiff_t>(frequencies_.size());
  for (const int32_t position : positions) {
    const ptrdiff_t row = position * half;
    cos->insert(cos->end(), cos_.begin() + row, cos_.begin() + row + half);
    sin->insert(sin->end(), sin_.begin() + row, sin_.begin() + row + half);
  }
}

}  // namespace llmembed::backbone
