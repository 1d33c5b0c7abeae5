// Keeps the store small: removes whole segments, longest unused first.
#pragma once

#include <cstdint>
#include <limits>

#include "llmembed/status.h"
#include "store/index.h"
#include "store/layout.h"

namespace llmembed::store {

// Bytes of all segments and of the index.
Result<uint64_t> StoreBytes(const Layout& layout);

struct EvictionRule {
  uint64_t target_bytes = 0;
  // Segments used at this time (nanoseconds since 1970) or later stay.
  int64_t used_before = std::numeric_limits<int64_t>::max();
};

// Removes segments until the store has at most `target_bytes`, or only such are left that the rule
// spares or somebody is appending to. Returns the bytes removed. Other processes may go on using
// the store: what they do not find they take for not stored. kIo, and the index's errors.
Result<uint64_t> EvictSegments(const Layout& layout, const EvictionRule& rule, Index* index);

}  // namespace llmembed::store
