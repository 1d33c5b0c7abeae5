#include "recipe/nearest.h"

#include <algorithm>
#include <vector>

namespace llmembed::recipe {
namespace {

constexpr size_t kMaxWordLength = 64;

// Optimal string alignment distance: Damerau-Levenshtein where no part is edited twice.
size_t EditDistance(std::string_view a, std::string_view b) {
  const size_t stride = b.size() + 1;
  std::vector<size_t> distance((a.size() + 1) * stride);
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      size_t& best = distance[i * stride + j];
      if (i == 0 || j == 0) {
        best = i + j;
        continue;
      }
      const size_t replace = distance[(i - 1) * stride + j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      best =
          std::min({distance[(i - 1) * stride + j] + 1, distance[i * stride + j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        best = std::min(best, distance[(i - 2) * stride + j - 2] + 1);
      }
    }
  }
  return distance.back();
}

}  // namespace

std::string NearestWord(std::string_view word, std::span<const std::string> candidates) {
  if (word.size() > kMaxWordLength) return "";
  std::string nearest;
  size_t nearest_distance = kMaxWordLength;
  for (const std::string& candidate : candidates) {
    const size_t distance = EditDistance(word, candidate);
    const size_t allowed = std::max(word.size(), candidate.size()) / 3;
    if (distance > allowed || distance >= nearest_distance) continue;
    nearest = candidate;
    nearest_distance = distance;
  }
  return nearest;
}

}  // namespace llmembed::recipe
