// Many texts in few allocations.
#pragma once

#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace llmembed::data {

// Holds copies of texts in blocks that never move, so that growing needs no second copy and views
// live as long as the arena. Movable. Not thread-safe while texts are added.
class TextArena {
 public:
  std::string_view Add(std::string_view text) {
    if (text.empty()) return {};
    if (text.size() > free_) {
      const size_t size = text.size() > kBlockBytes ? text.size() : kBlockBytes;
      blocks_.push_back(std::make_unique_for_overwrite<char[]>(size));
      next_ = blocks_.back().get();
      free_ = size;
    }
    std::memcpy(next_, text.data(), text.size());
    const std::string_view copy(next_, text.size());
    next_ += text.size();
    free_ -= text.size();
    return copy;
  }

 private:
  static constexpr size_t kBlockBytes = 4 << 20;

  std::vector<std::unique_ptr<char[]>> blocks_;
  char* next_ = nullptr;  // in the last block
  size_t free_ = 0;
};

}  // namespace llmembed::data
