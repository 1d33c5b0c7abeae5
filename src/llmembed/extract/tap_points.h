// Taps as places in a given backbone.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "backbone/backbone.h"
#include "fusion/tap.h"
#include "llmembed/status.h"

namespace llmembed::extract {

struct TapPoint {
  backbone::StatePoint state;
  fusion::Pooling pooling = fusion::Pooling::kMean;
};

// Negative layers count from the end, -1 is the last block. kUsage, saying why: a layer that is not
// there; .raw where no norm stands behind the layer; a pooler the backbone lacks, or at another
// layer than the last.
Result<std::vector<TapPoint>> ResolveTaps(std::span<const fusion::Tap> taps,
                                          const backbone::BackboneConfig& config);

// Which tokens of a text the taps of a layer read.
enum class TokensRead { kAll, kFirst, kLast };
TokensRead TokensReadOf(std::span<const TapPoint> taps, size_t layer);

// Whether a tap reads the states of padding.
bool NeedsPadding(std::span<const TapPoint> taps);
bool NeedsPooler(std::span<const TapPoint> taps);

}  // namespace llmembed::extract
