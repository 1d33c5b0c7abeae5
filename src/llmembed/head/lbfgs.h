// L-BFGS: minimises a smooth function from its values and gradients.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "llmembed/status.h"

namespace llmembed::head {

// The function's value at x [n]; writes its gradient [n]. An error ends the search with it.
using Objective =
    std::function<Result<double>(std::span<const double> x, std::span<double> gradient)>;

struct LbfgsOptions {
  uint32_t history = 10;  // pairs of steps and gradient changes kept
  uint32_t max_iterations = 1000;
  double gradient_tolerance = 1e-4;  // done when no gradient entry is larger
};

struct LbfgsOutcome {
  double value = 0.0;
  uint32_t iterations = 0;
  uint32_t evaluations = 0;
  // False: out of iterations, or no step lowers the value any more (rounding).
  bool converged = false;
};

// Moves `x` [n], the starting point, to the minimum (or as near as it came). Two-loop recursion of
// Nocedal and Wright, Numerical Optimization, algorithm 7.5, with the line search of
// line_search.h; deterministic. kBadData when the value or gradient at the start is not finite.
Result<LbfgsOutcome> MinimizeLbfgs(const Objective& objective, const LbfgsOptions& options,
                                   std::span<double> x);

}  // namespace llmembed::head
