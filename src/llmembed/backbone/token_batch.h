// Several texts' tokens end to end: no padding unless asked for, so a text costs what it is long
// and cannot be touched by its neighbours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "backbone/cached_prefix.h"
#include "backbone/config.h"
#include "compute/ops.h"

namespace llmembed::backbone {

struct TokenBatch {
  std::vector<int32_t> ids;        // [T]
  std::vector<int32_t> positions;  // [T]
  std::vector<int32_t> starts{0};  // [texts + 1]; text i is the tokens [starts[i], starts[i + 1])
  std::vector<int32_t> lengths;    // [texts], of which so many are no padding

  // Of a causal backbone, whose tokens all count a position, a text may be the end of a longer one:
  std::vector<int32_t> continued;        // [texts], as compute::PackedTexts
  const CachedPrefix* prefix = nullptr;  // of all texts; borrowed
  size_t prefix_tokens = 0;              // of these, how many

  // The tokens, ascending, whose states are wanted of the last layer that is run; empty: all. Of
  // backends whose memory is the host's.
  std::vector<int32_t> wanted;

  size_t tokens() const { return ids.size(); }
  size_t texts() const { return lengths.size(); }

  // Appends a text, and behind it padding up to `padded_length` tokens, which attention does not
  // read but whose states are computed. Precondition: pad_id is known where there is padding.
  void Add(std::span<const int32_t> text, const BackboneConfig& config, size_t padded_length = 0) {
    Append(text, config, padded_length, prefix_tokens);
    continued.push_back(-1);
  }

  // Appends a text that goes on where text `beginning` of this batch ends, which itself continues
  // none.
  void Continue(size_t beginning, std::span<const int32_t> text, const BackboneConfig& config) {
    Append(text, config, 0, prefix_tokens + static_cast<size_t>(lengths[beginning]));
    continued.push_back(static_cast<int32_t>(beginning));
  }

  void Clear() {
    ids.clear();
    positions.clear();
    starts.assign(1, 0);
    lengths.clear();
    continued.clear();
    wanted.clear();
    prefix = nullptr;
    prefix_tokens = 0;
  }

 private:
  void Append(std::span<const int32_t> text, const BackboneConfig& config, size_t padded_length,
              size_t tokens_before) {
    const PositionRule& rule = config.position_rule;
    auto counted = static_cast<int32_t>(tokens_before);
    const auto append = [&](int32_t id) {
      const bool is_counted = id != rule.uncounted_id;
      ids.push_back(id);
      positions.push_back(is_counted ? rule.first + counted : rule.first - 1);
      if (is_counted) ++counted;
    };
    for (const int32_t id : text) append(id);
    for (size_t i = text.size(); i < padded_length; ++i) append(config.pad_id.value_or(0));
    lengths.push_back(static_cast<int32_t>(text.size()));
    starts.push_back(static_cast<int32_t>(ids.size()));
  }
};

}  // namespace llmembed::backbone
