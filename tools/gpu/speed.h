// Tokens a second through a whole backbone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "backbone/backbone.h"

namespace llmembed::gpu {

struct Speed {
  double seconds = 0.0;
  size_t texts = 0;
  size_t tokens = 0;
};

// Embeds texts of these lengths (random ids) as the extractor does: sorted, packed, pooled on the
// device at the last layer, one worker a stream. `warms_up`: a first pass over some of them is not
// timed.
Result<Speed> MeasureSpeed(const backbone::Backbone& backbone, const std::vector<uint32_t>& lengths,
                           size_t batch_tokens, const compute::Backend& backend, unsigned streams,
                           bool warms_up = true);

}  // namespace llmembed::gpu
