// Newton's method with conjugate gradients, for logistic regression with many parameters.
#pragma once

#include <cstdint>
#include <span>

#include "base/thread_pool.h"
#include "lexical/sparse_logistic.h"
#include "llmembed/status.h"

namespace llmembed::lexical {

struct NewtonOptions {
  double gradient_tolerance = 2e-6;  // done when no gradient entry is larger
  uint32_t max_iterations = 100;
};

struct NewtonOutcome {
  double value = 0.0;
  uint32_t iterations = 0;
  uint32_t products = 0;  // with the Hessian, over all iterations
  // False: out of iterations, or no step lowers the value any more (rounding).
  bool converged = false;
};

// Moves `x` [parameter_count], the starting point, to the minimum. The line-search Newton-CG method
// of Nocedal and Wright, Numerical Optimization, algorithm 7.1, the conjugate gradients
// preconditioned by the Hessian's diagonal: the loss is convex, so steps go downhill, and halving
// them is a line search. Unlike head/lbfgs.h it keeps no history: six vectors of f32 beside `x`,
// where L-BFGS has over twenty of f64. The bits do not depend on the number of threads. kCancelled.
Result<NewtonOutcome> MinimizeNewton(SparseLogistic* objective, const NewtonOptions& options,
                                     base::ThreadPool* pool, std::span<float> x);

}  // namespace llmembed::lexical
