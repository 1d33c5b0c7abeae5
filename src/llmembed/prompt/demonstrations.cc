#include "prompt/demonstrations.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "base/random.h"

namespace llmembed::prompt {
namespace {

constexpr float kFar = std::numeric_limits<float>::infinity();

// Of the candidates, the first of each text, as indices of their rows.
std::vector<uint32_t> DifferentTexts(const Candidates& candidates) {
  std::vector<uint32_t> different;
  std::set<uint32_t> seen;
  for (uint32_t i = 0; i < candidates.rows.size(); ++i) {
    if (seen.insert(candidates.first_rows[candidates.rows[i]]).second) different.push_back(i);
  }
  return different;
}

// Sums side by side, which a compiler may put into one vector.
float Dot(std::span<const float> a, std::span<const float> b) {
  constexpr size_t kLanes = 16;
  float sums[kLanes] = {};
  size_t i = 0;
  for (; i + kLanes <= a.size(); i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  for (; i < a.size(); ++i) sums[0] += a[i] * b[i];
  return std::accumulate(sums, sums + kLanes, 0.0F);
}

}  // namespace

std::vector<uint32_t> RandomDemonstrations(const Candidates& candidates, size_t count,
                                           uint64_t seed) {
  std::map<uint32_t, std::vector<uint32_t>> by_label;
  for (const uint32_t i : DifferentTexts(candidates)) {
    const uint32_t row = candidates.rows[i];
    by_label[candidates.labels[row]].push_back(row);
  }
  base::Random random(seed);
  std::vector<uint32_t> labels;
  for (auto& [label, rows] : by_label) {
    random.Shuffle(std::span(rows));
    labels.push_back(label);
  }
  std::vector<uint32_t> chosen;
  while (chosen.size() < count && !labels.empty()) {
    random.Shuffle(std::span(labels));
    for (const uint32_t label : labels) {
      if (chosen.size() == count) break;
      chosen.push_back(by_label[label].back());
      by_label[label].pop_back();
    }
    std::erase_if(labels, [&](uint32_t label) { return by_label[label].empty(); });
  }
  return chosen;
}

Result<std::vector<std::vector<uint32_t>>> NearestDemonstrations(const NearestInput& input,
                                                                 size_t count,
                                                                 base::ThreadPool* pool) {
  const Candidates& candidates = input.candidates;
  const std::vector<uint32_t> different = DifferentTexts(candidates);
  const auto vector_of = [&](uint32_t i) {
    return input.vectors.subspan(i * input.width, input.width);
  };
  std::vector<float> norms;
  for (const uint32_t i : different) norms.push_back(std::sqrt(Dot(vector_of(i), vector_of(i))));
  std::vector<std::vector<uint32_t>> nearest(input.query_texts.size());
  const auto find = [&](size_t number, unsigned /*worker*/) -> Status {
    const auto query = input.queries.subspan(number * input.width, input.width);
    // Minus the cosine, but for the query's own length.
    std::vector<std::pair<float, uint32_t>> found;
    for (size_t i = 0; i < different.size(); ++i) {
      const uint32_t row = candidates.rows[different[i]];
      if (candidates.first_rows[row] == input.query_texts[number]) continue;
      const float cosine = norms[i] > 0.0F ? Dot(query, vector_of(different[i])) / norms[i] : -kFar;
      found.emplace_back(-cosine, row);
    }
    const size_t kept = std::min(count, found.size());
    std::partial_sort(found.begin(), found.begin() + static_cast<ptrdiff_t>(kept), found.end());
    for (size_t i = kept; i > 0; --i) nearest[number].push_back(found[i - 1].second);
    return {};
  };
  LLMEMBED_RETURN_IF_ERROR(pool->ParallelFor(nearest.size(), find));
  return nearest;
}

}  // namespace llmembed::prompt
