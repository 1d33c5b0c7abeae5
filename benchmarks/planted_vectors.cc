#include "planted_vectors.h"

#include <atomic>

#include "compute/parallel.h"
#include "fusion/evaluator.h"

namespace llmembed::benchmarks {
namespace {

constexpr size_t kBlockRows = 64;

// Class means lie so far apart, in deviations of a value, that the best classifier of one Llama tap
// is right in about 95 of 100 rows of two classes.
constexpr float kSignal = 0.036F;

// One value in 512 is in a backbone's vectors far from the others.
constexpr uint64_t kOutlierEvery = 512;
constexpr float kOutlier = 40.0F;

// The finaliser of splitmix64: 64 bits that look independent for each input.
uint64_t Mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

// Four bytes added up, brought to mean 0 and deviation 1: near enough a normal number.
float Normal(uint32_t bits) {
  const uint32_t sum = (bits & 255U) + (bits >> 8 & 255U) + (bits >> 16 & 255U) + (bits >> 24);
  return (static_cast<float>(sum) - 510.0F) * (1.0F / 147.8F);
}

// A stream of numbers for each (seed, what for, which).
uint64_t StreamOf(uint64_t seed, uint64_t what, uint64_t which) {
  return Mix(Mix(seed * 0x9E3779B97F4A7C15ULL + what) + which);
}

float NormalAt(uint64_t stream, size_t index) {
  const uint64_t bits = Mix(stream + index / 2 * 0x9E3779B97F4A7C15ULL);
  return Normal(static_cast<uint32_t>(index % 2 == 0 ? bits : bits >> 32));
}

// What a tap has of its own: 0 to 4 for Llama's last five layers, 5 and 6 for the encoders.
uint64_t NumberOf(const fusion::Tap& tap) {
  if (tap.backbone == "L") return static_cast<uint64_t>(-1 - tap.layer);
  return tap.backbone == "B" ? 5 : 6;
}

// Layers before the final norm have other sizes than the one behind it.
float ScaleOf(uint64_t tap) { return tap == 0 ? 1.0F : 0.25F * static_cast<float>(tap); }

}  // namespace

size_t PlantedVectors::WidthOf(const fusion::Tap& tap) { return tap.backbone == "L" ? 4096 : 1024; }

uint32_t PlantedVectors::Label(uint64_t row) const {
  return static_cast<uint32_t>(StreamOf(seed_, 1, row) % classes_);
}

void PlantedVectors::Fill(const fusion::Tap& tap, uint64_t row, std::span<float> vector) const {
  const uint64_t number = NumberOf(tap);
  const uint64_t offsets = StreamOf(seed_, 2, number);
  const uint64_t means = StreamOf(seed_, 3, number * classes_ + Label(row));
  const uint64_t noise = StreamOf(seed_, 4 + number, row);
  const float scale = ScaleOf(number);
  for (size_t i = 0; i < vector.size(); ++i) {
    const float offset = NormalAt(offsets, i) * (i % kOutlierEvery == 7 ? kOutlier : 1.0F);
    vector[i] = scale * (offset + kSignal * NormalAt(means, i) + NormalAt(noise, i));
  }
}

std::vector<size_t> TapWidths(const fusion::Expression& expression) {
  std::vector<size_t> widths;
  for (const fusion::Tap& tap : expression.taps()) widths.push_back(PlantedVectors::WidthOf(tap));
  return widths;
}

Result<size_t> FeatureWidth(const fusion::Expression& expression) {
  const fusion::Expression features = expression.BeforeTraining();
  LLMEMBED_ASSIGN_OR_RETURN(const auto evaluator,
                            fusion::Evaluator::Create(features, TapWidths(features)));
  return evaluator.width();
}

Status MakeFeatures(const PlantedVectors& vectors, const fusion::Expression& expression,
                    uint64_t rows, std::span<float> features) {
  return MakeFeatures(vectors, expression, TapWidths(expression), rows, features);
}

Status MakeFeatures(const PlantedVectors& vectors, const fusion::Expression& expression,
                    const std::vector<size_t>& widths, uint64_t rows, std::span<float> features) {
  const fusion::Expression fused = expression.BeforeTraining();
  const size_t width = features.size() / rows;
  std::atomic<bool> is_bad = false;
  compute::ParallelParts(rows, kBlockRows, [&](size_t begin, size_t end) {
    auto evaluator = fusion::Evaluator::Create(fused, widths);
    std::vector<std::vector<float>> taps(widths.size());
    std::vector<std::span<const float>> inputs(widths.size());
    for (size_t tap = 0; tap < widths.size(); ++tap) {
      taps[tap].resize((end - begin) * widths[tap]);
      for (size_t row = begin; row < end; ++row) {
        vectors.Fill(fused.taps()[tap], row,
                     std::span(taps[tap]).subspan((row - begin) * widths[tap], widths[tap]));
      }
      inputs[tap] = taps[tap];
    }
    const auto block = features.subspan(begin * width, (end - begin) * width);
    if (!evaluator.ok() || !evaluator->Evaluate(inputs, end - begin, block).ok()) is_bad = true;
  });
  return is_bad ? Status(StatusCode::kInternal, "the features could not be made") : Status();
}

}  // namespace llmembed::benchmarks
