// A step along a direction that lowers the function enough and flattens it enough.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "head/lbfgs.h"
#include "llmembed/status.h"

namespace llmembed::head {

// A place in the space of parameters with what the objective said of it.
struct Point {
  std::vector<double> x;
  std::vector<double> gradient;
  double value = 0.0;
};

// The strong Wolfe conditions with c1 = 1e-4, c2 = 0.9, by bracketing and cubic interpolation
// (Nocedal and Wright, Numerical Optimization, algorithms 3.5 and 3.6).
class LineSearch {
 public:
  // Borrows all three. `direction` must descend: direction . start.gradient < 0.
  LineSearch(const Objective& objective, const Point& start, std::span<const double> direction);

  // Tries `first_step` first. True: point() is better than the start. False: no such step was
  // found.
  Result<bool> Run(double first_step);

  Point& point() { return point_; }
  uint32_t evaluations() const { return evaluations_; }

 private:
  struct Trial {
    double step = 0.0;
    double value = 0.0;
    double slope = 0.0;
  };

  Result<Trial> Evaluate(double step);
  // Algorithm 3.6: between `low`, the best so far, and `high` there is a step to find.
  Result<bool> Zoom(Trial low, Trial high);
  bool LowersEnough(const Trial& trial) const;
  bool IsFlatEnough(const Trial& trial) const;
  static double Interpolate(const Trial& low, const Trial& high);

  const Objective& objective_;
  const Point& start_;
  std::span<const double> direction_;
  Trial origin_;
  Point point_;  // the last one evaluated
  uint32_t evaluations_ = 0;
};

double DotProduct(std::span<const double> a, std::span<const double> b);

}  // namespace llmembed::head
