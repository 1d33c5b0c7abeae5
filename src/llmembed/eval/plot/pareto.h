// Which choices nothing else beats.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace llmembed::eval {

// One choice, e.g. a model by what it costs and how good it is.
struct ScatterPoint {
  std::string name;
  double x = 0.0;
  double y = 0.0;
};

enum class Better { kLess, kMore };

// Indices of the points on the Pareto front, the best x first: a point is on it when no other is at
// least as good in both and better in one. Equal points are on it together, in their order.
// Preconditions: no NaN.
std::vector<size_t> ParetoFront(std::span<const ScatterPoint> points, Better x, Better y);

}  // namespace llmembed::eval
