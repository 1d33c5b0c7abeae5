// Small seeded classification problems for the tests of this folder.
#pragma once

#include <cstdint>
#include <numeric>
#include <vector>

#include "base/random.h"
#include "head/training_data.h"

namespace llmembed::head {

// Owns what a TrainingData borrows.
struct TestProblem {
  std::vector<float> features;
  std::vector<uint32_t> labels;
  uint64_t width = 0;
  uint32_t classes = 0;
  std::vector<uint32_t> fit_rows;
  std::vector<uint32_t> validation_rows;

  TrainingData data() const {
    return {features, labels, width, classes, fit_rows, validation_rows};
  }

  // Holds out every `every`-th row; 0: none.
  void HoldOut(uint32_t every) {
    fit_rows.clear();
    validation_rows.clear();
    for (uint32_t row = 0; row < labels.size(); ++row) {
      (every > 0 && row % every == 0 ? validation_rows : fit_rows).push_back(row);
    }
  }
};

struct BlobOptions {
  uint32_t rows = 200;
  uint64_t width = 5;
  uint32_t classes = 3;
  double spread = 1.0;  // of the rows around their class's centre; the centres' own spread is 1
  uint64_t seed = 1;
};

// A Gaussian cloud a class; rows take the classes in turn. Nothing held out.
inline TestProblem MakeBlobs(const BlobOptions& options) {
  base::Random random(options.seed);
  std::vector<double> centres(options.classes * options.width);
  for (double& value : centres) value = random.Normal();
  TestProblem problem;
  problem.width = options.width;
  problem.classes = options.classes;
  for (uint32_t row = 0; row < options.rows; ++row) {
    problem.labels.push_back(row % options.classes);
    for (uint64_t i = 0; i < options.width; ++i) {
      const double centre = centres[problem.labels.back() * options.width + i];
      problem.features.push_back(static_cast<float>(centre + options.spread * random.Normal()));
    }
  }
  problem.HoldOut(0);
  return problem;
}

// Two features, label = whether their signs differ: no linear head can learn it.
inline TestProblem MakeExclusiveOr(uint32_t rows, uint64_t seed) {
  base::Random random(seed);
  TestProblem problem;
  problem.width = 2;
  problem.classes = 2;
  for (uint32_t row = 0; row < rows; ++row) {
    const double a = random.Normal();
    const double b = random.Normal();
    problem.features.push_back(static_cast<float>(a));
    problem.features.push_back(static_cast<float>(b));
    problem.labels.push_back((a > 0) != (b > 0) ? 1 : 0);
  }
  problem.HoldOut(0);
  return problem;
}

}  // namespace llmembed::head
