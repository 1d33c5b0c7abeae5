// A read-only map from byte strings to numbers that finds the longest key at the start of a text.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace llmembed::text {

// Nodes lie in breadth-first order, so the children of one are neighbours.
// 9 bytes a node, at most one node for each byte of the keys; no key can make it slow to build.
// Immutable once built, so safe to read from many threads.
class Trie {
 public:
  struct Entry {
    std::string_view key;
    int32_t value;  // >= 0
  };
  struct Match {
    size_t length = 0;
    int32_t value = kNoValue;  // kNoValue: no key matches
  };
  static constexpr int32_t kNoValue = -1;
  static constexpr uint32_t kRoot = 0;
  static constexpr uint32_t kNoNode = UINT32_MAX;

  // Of entries with the same key the first one counts. Empty keys are left out. The keys are not
  // needed afterwards. Precondition: the keys have fewer than 2^32 - 1 bytes together.
  explicit Trie(std::vector<Entry> entries);

  // The longest key, less the bytes that lead to `from`, with which `text` starts. Linear in the
  // length of the longest key.
  Match LongestPrefix(std::string_view text, uint32_t from = kRoot) const {
    Match best;
    uint32_t node = from;
    for (size_t length = 0; length < text.size();) {
      node = Child(node, static_cast<unsigned char>(text[length]));
      if (node == kNoNode) break;
      ++length;
      if (values_[node] != kNoValue) best = {length, values_[node]};
    }
    return best;
  }

  // The node to which the bytes of `prefix` lead, or kNoNode.
  uint32_t Find(std::string_view prefix) const;

  // kNoValue where no key ends. Precondition: the node is one that Find gave.
  int32_t ValueAt(uint32_t node) const { return values_[node]; }

  uint32_t Child(uint32_t node, unsigned char byte) const {
    if (node == kRoot) return root_children_[byte];
    const uint32_t begin = first_child_[node];
    const uint32_t count = first_child_[node + 1] - begin;
    if (count > kNarrow) {
      const auto* found =
          static_cast<const unsigned char*>(std::memchr(labels_.data() + begin, byte, count));
      return found == nullptr ? kNoNode : static_cast<uint32_t>(found - labels_.data());
    }
    for (uint32_t child = begin; child < begin + count; ++child) {
      if (labels_[child] == byte) return child;
    }
    return kNoNode;
  }

 private:
  static constexpr uint32_t kNarrow = 8;  // up to here a loop beats memchr

  std::vector<uint32_t> first_child_;  // one more than there are nodes: the end of the last
  std::vector<int32_t> values_;
  std::vector<unsigned char> labels_;
  std::vector<uint32_t> root_children_;  // [256]: the widest node, and the one looked up most
};

}  // namespace llmembed::text
