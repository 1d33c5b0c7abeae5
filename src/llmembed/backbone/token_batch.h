// Several texts' tokens end to end: no padding, so a text costs what it is long and cannot be
// touched by its neighbours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace llmembed::backbone {

struct TokenBatch {
  std::vector<int32_t> ids;        // [T]
  std::vector<int32_t> positions;  // [T], rows of the position table
  std::vector<int32_t> starts{0};  // [texts + 1]; text i is the tokens [starts[i], starts[i + 1])

  size_t tokens() const { return ids.size(); }
  size_t texts() const { return starts.size() - 1; }

  // Positions count from `first_position` in each text.
  void Add(std::span<const int32_t> text, int32_t first_position) {
    for (size_t i = 0; i < text.size(); ++i) {
      ids.push_back(text[i]);
      positions.push_back(first_position + static_cast<int32_t>(i));
    }
    starts.push_back(static_cast<int32_t>(ids.size()));
  }

  void Clear() {
    ids.clear();
    positions.clear();
    starts.assign(1, 0);
  }
};

}  // namespace llmembed::backbone
