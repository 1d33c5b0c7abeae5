#include "eval/plot/pareto.h"

#include <algorithm>
#include <numeric>

namespace llmembed::eval {

std::vector<size_t> ParetoFront(std::span<const ScatterPoint> points, Better x, Better y) {
  const auto cost_x = [&](size_t i) { return x == Better::kLess ? points[i].x : -points[i].x; };
  const auto cost_y = [&](size_t i) { return y == Better::kLess ? points[i].y : -points[i].y; };
  std::vector<size_t> order(points.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return cost_x(a) != cost_x(b) ? cost_x(a) < cost_x(b) : cost_y(a) < cost_y(b);
  });
  std::vector<size_t> front;
  for (const size_t i : order) {
    const bool is_first = front.empty();
    const bool is_better = !is_first && cost_y(i) < cost_y(front.back());
    const bool is_equal =
        !is_first && cost_x(i) == cost_x(front.back()) && cost_y(i) == cost_y(front.back());
    if (is_first || is_better || is_equal) front.push_back(i);
  }
  return front;
}

}  // namespace llmembed::eval
