#include "extract/tap_points.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

namespace llmembed::extract {
namespace {

Status TapError(const fusion::Tap& tap, const std::string& problem) {
  return {StatusCode::kUsage, "tap " + ToString(tap) + ": " + problem};
}

Status CheckRaw(const fusion::Tap& tap, size_t layer, const backbone::BackboneConfig& config) {
  if (!tap.is_raw) return {};
  if (!config.has_final_norm) {
    return TapError(tap, "a model of type " + config.model_type +
                             " has no norm behind its last layer, so no state before it; leave"
                             " .raw out");
  }
  if (layer == config.layers) return {};
  return TapError(tap, "only the last layer (" + std::to_string(config.layers) +
                           ", or -1) has a norm behind it; leave .raw out");
}

Status CheckPooler(const fusion::Tap& tap, size_t layer, const backbone::BackboneConfig& config) {
  if (tap.pooling != fusion::Pooling::kPooler) return {};
  if (!config.has_pooler) {
    return TapError(tap, "a model of type " + config.model_type + " has no pooler");
  }
  if (layer == config.layers) return {};
  return TapError(tap,
                  "the pooler reads the last layer (" + std::to_string(config.layers) + ", or -1)");
}

}  // namespace

Result<std::vector<TapPoint>> ResolveTaps(std::span<const fusion::Tap> taps,
                                          const backbone::BackboneConfig& config) {
  std::vector<TapPoint> points;
  const auto count = static_cast<int64_t>(config.layers) + 1;
  for (const fusion::Tap& tap : taps) {
    const int64_t layer = tap.layer < 0 ? count + tap.layer : tap.layer;
    if (layer < 0 || layer >= count) {
      return TapError(tap, "the model's layers are 0 to " + std::to_string(config.layers) +
                               " (0: embeddings), or -" + std::to_string(count) + " to -1");
    }
    const auto resolved = static_cast<size_t>(layer);
    LLMEMBED_RETURN_IF_ERROR(CheckRaw(tap, resolved, config));
    LLMEMBED_RETURN_IF_ERROR(CheckPooler(tap, resolved, config));
    points.push_back({{resolved, tap.is_raw}, tap.pooling});
  }
  return points;
}

TokensRead TokensReadOf(std::span<const TapPoint> taps, size_t layer) {
  std::optional<TokensRead> read;
  for (const TapPoint& tap : taps) {
    if (tap.state.layer != layer) continue;
    const bool is_first =
        tap.pooling == fusion::Pooling::kCls || tap.pooling == fusion::Pooling::kPooler;
    const TokensRead own = is_first                                ? TokensRead::kFirst
                           : tap.pooling == fusion::Pooling::kLast ? TokensRead::kLast
                                                                   : TokensRead::kAll;
    if (read.value_or(own) != own) return TokensRead::kAll;
    read = own;
  }
  return read.value_or(TokensRead::kAll);
}

bool NeedsPadding(std::span<const TapPoint> taps) {
  return std::any_of(taps.begin(), taps.end(),
                     [](const TapPoint& tap) { return tap.pooling == fusion::Pooling::kMeanAll; });
}

bool NeedsPooler(std::span<const TapPoint> taps) {
  return std::any_of(taps.begin(), taps.end(),
                     [](const TapPoint& tap) { return tap.pooling == fusion::Pooling::kPooler; });
}

}  // namespace llmembed::extract
