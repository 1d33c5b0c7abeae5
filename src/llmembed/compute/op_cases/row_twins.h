// What row_ops_check.cc compares: the same numbers in the memory of two RowOps.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "compute/op_cases/backend_check.h"
#include "compute/op_cases/random_data.h"
#include "compute/row_ops.h"

namespace llmembed::compute {

class RowTwins {
 public:
  RowTwins(RowOps* ops, RowOps* reference) : ops_{ops, reference} {}

  std::vector<CheckedCase> cases;

 protected:
  static constexpr size_t kSides = 2;  // the operations', the reference's
  using Twin = std::array<Array<float>, kSides>;
  using TwinSums = std::array<Array<double>, kSides>;

  Result<Twin> Random(size_t count, float scale = 1.0F) {
    const std::vector<float> numbers = RandomFloats(count, scale, &random_);
    Twin twin;
    for (size_t side = 0; side < kSides; ++side) {
      LLMEMBED_RETURN_IF_ERROR(twin[side].Resize(ops_[side], count));
      LLMEMBED_RETURN_IF_ERROR(ops_[side]->Upload(numbers, twin[side].data()));
    }
    return twin;
  }

  // Does `work(ops, side)` on both sides.
  template <typename Work>
  Status Both(const Work& work) {
    for (size_t side = 0; side < kSides; ++side) {
      LLMEMBED_RETURN_IF_ERROR(work(ops_[side], side));
    }
    return {};
  }

  void Add(const std::string& name, std::span<const double> found, std::span<const double> expected,
           double bar) {
    double difference = 0.0;
    double largest = 1e-6;
    for (size_t i = 0; i < found.size(); ++i) {
      const double apart = std::abs(found[i] - expected[i]);
      difference = std::isfinite(found[i]) ? std::max(difference, apart) : INFINITY;
      largest = std::max(largest, std::abs(expected[i]));
    }
    cases.push_back({name, difference / largest, bar});
  }

  Status Compare(const std::string& name, const Twin& twin, double bar) {
    std::array<std::vector<double>, kSides> numbers;
    const Status done = Both([&](RowOps* ops, size_t side) -> Status {
      std::vector<float> floats(twin[side].size());
      LLMEMBED_RETURN_IF_ERROR(ops->Download(twin[side].data(), floats));
      numbers[side].assign(floats.begin(), floats.end());
      return {};
    });
    LLMEMBED_RETURN_IF_ERROR(done);
    Add(name, numbers[0], numbers[1], bar);
    return {};
  }

  Status CompareSums(const std::string& name, const TwinSums& sums, double bar) {
    std::array<std::vector<double>, kSides> numbers;
    const Status done = Both([&](RowOps* ops, size_t side) -> Status {
      numbers[side].resize(sums[side].size());
      return ops->TakeSums(sums[side].data(), numbers[side]);
    });
    LLMEMBED_RETURN_IF_ERROR(done);
    Add(name, numbers[0], numbers[1], bar);
    return {};
  }

  Result<TwinSums> Sums(size_t count) {
    TwinSums sums;
    const Status done = Both([&](RowOps* ops, size_t side) -> Status {
      LLMEMBED_RETURN_IF_ERROR(sums[side].Resize(ops, count));
      return sums[side].Zero(ops);
    });
    LLMEMBED_RETURN_IF_ERROR(done);
    return sums;
  }

  base::Random random_{9};

 private:
  std::array<RowOps*, kSides> ops_;
};

}  // namespace llmembed::compute
