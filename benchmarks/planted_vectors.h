// Vectors made from a seed that look like what the paper's three backbones give of labelled texts:
// five taps of 4,096 values and two of 1,024, a class's mean planted in each.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fusion/expression.h"
#include "llmembed/status.h"

namespace llmembed::benchmarks {

// Any row and any tap can be made by itself, so nothing has to be kept. Immutable, thread-safe.
class PlantedVectors {
 public:
  // `classes` > 0.
  PlantedVectors(uint64_t seed, uint32_t classes) : seed_(seed), classes_(classes) {}

  uint32_t Label(uint64_t row) const;

  // Row `row` at a tap of the fifteen fusions, as wide as WidthOf says.
  void Fill(const fusion::Tap& tap, uint64_t row, std::span<float> vector) const;

  static size_t WidthOf(const fusion::Tap& tap);

 private:
  uint64_t seed_;
  uint32_t classes_;
};

// What a head is trained on: `expression` of every row, or where it is trained with the head its
// taps side by side. features: [rows, FeatureWidth].
Status MakeFeatures(const PlantedVectors& vectors, const fusion::Expression& expression,
                    uint64_t rows, std::span<float> features);
// The same of vectors of other widths; tap_widths: of each of expression.taps().
Status MakeFeatures(const PlantedVectors& vectors, const fusion::Expression& expression,
                    const std::vector<size_t>& tap_widths, uint64_t rows,
                    std::span<float> features);
Result<size_t> FeatureWidth(const fusion::Expression& expression);

// [taps]
std::vector<size_t> TapWidths(const fusion::Expression& expression);

}  // namespace llmembed::benchmarks
