#include "weights/weight_map.h"

#include <algorithm>

#include "base/quoted.h"
#include "weights/to_float.h"

namespace llmembed::weights {
bool MatchesPattern(std::string_view name, std::string_view pattern) {
  // Greedy matching that comes back only to the last '*': O(|name| * |pattern|) at worst.
  size_t n = 0, p = 0;
  size_t star = std::string_view::npos, star_n = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_n = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++star_n;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

Result<std::optional<tensor::TensorView>> WeightMap::TakeOptional(const std::string& name,
                                                                  const tensor::Shape& shape,
                                                                  Sharing sharing) {
  const tensor::TensorView* found = source_.Find(name);
  if (found == nullptr) return std::optional<tensor::TensorView>();
  const auto refuse = [&](StatusCode code, const std::string& why) {
    return Status(code, source_.path() + ": tensor " + base::Quoted(name) + " " + why);
  };
  if (found->shape != shape) {
    return refuse(StatusCode::kMismatch, "has shape " + found->shape.ToString() +
                                             ", the configuration asks for " + shape.ToString());
  }
  if (!IsWeightType(found->dtype)) {
    return refuse(StatusCode::kUnsupported,
                  std::string("is ") + tensor::DTypeName(found->dtype) +
                      ", weights must be F32, F16, BF16 or a block type of GGML");
  }
  const std::lock_guard lock(mutex_);
  const auto [taken, is_new] = taken_.emplace(name, sharing);
  if (!is_new && (sharing == Sharing::kExclusive || taken->second == Sharing::kExclusive)) {
    return refuse(StatusCode::kInternal, "is used twice");
  }
  return std::optional<tensor::TensorView>(*found);
}

Result<tensor::TensorView> WeightMap::Take(const std::string& name, const tensor::Shape& shape,
                                           Sharing sharing) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto view, TakeOptional(name, shape, sharing));
  if (!view) {
    return Status(StatusCode::kMismatch, source_.path() + ": no tensor " + base::Quoted(name) +
                                             ", which the configuration asks for with shape " +
                                             shape.ToString());
  }
  return *view;
}

Status WeightMap::Finish(std::span<const std::string> ignore_patterns) const {
  constexpr size_t kMaxListed = 8;
  std::string listed;
  size_t surplus = 0;
  for (const std::string& name : source_.Names()) {
    if (taken_.contains(name)) continue;
    const auto matches = [&](const std::string& pattern) { return MatchesPattern(name, pattern); };
    if (std::any_of(ignore_patterns.begin(), ignore_patterns.end(), matches)) continue;
    if (++surplus <= kMaxListed) listed += (surplus > 1 ? ", " : "") + base::Quoted(name);
  }
  if (surplus == 0) return {};
  if (surplus > kMaxListed) listed += " and " + std::to_string(surplus - kMaxListed) + " more";
  return Status(StatusCode::kMismatch, source_.path() + ": " + std::to_string(surplus) +
                                           " tensors have no place in this model: " + listed);
}

}  // namespace llmembed::weights
