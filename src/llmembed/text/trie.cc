#include "text/trie.h"

#include <algorithm>
#include <cstddef>

namespace llmembed::text {
namespace {

// The entries [begin, end) that share the bytes on the way to one node.
struct KeyRange {
  size_t begin;
  size_t end;
};

}  // namespace

Trie::Trie(std::vector<Entry> entries) {
  std::erase_if(entries, [](const Entry& entry) { return entry.key.empty(); });
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.key < b.key; });
  entries.erase(std::unique(entries.begin(), entries.end(),
                            [](const Entry& a, const Entry& b) { return a.key == b.key; }),
                entries.end());

  values_.push_back(kNoValue);
  labels_.push_back(0);
  std::vector<KeyRange> level = {{0, entries.size()}};
  for (size_t depth = 0; !level.empty(); ++depth) {
    std::vector<KeyRange> next_level;
    for (KeyRange range : level) {
      first_child_.push_back(static_cast<uint32_t>(values_.size()));
      // The shortest key of a range stands first, and it alone can have ended where the node is.
      if (range.begin < range.end && entries[range.begin].key.size() == depth) ++range.begin;
      while (range.begin < range.end) {
        const char label = entries[range.begin].key[depth];
        size_t end = range.begin + 1;
        while (end < range.end && entries[end].key[depth] == label) ++end;
        const Entry& first = entries[range.begin];
        labels_.push_back(static_cast<unsigned char>(label));
        values_.push_back(first.key.size() == depth + 1 ? first.value : kNoValue);
        next_level.push_back({range.begin, end});
        range.begin = end;
      }
    }
    level = std::move(next_level);
  }
  first_child_.push_back(static_cast<uint32_t>(values_.size()));

  root_children_.assign(256, kNoNode);
  for (uint32_t child = first_child_[0]; child < first_child_[1]; ++child) {
    root_children_[labels_[child]] = child;
  }
}

uint32_t Trie::Find(std::string_view prefix) const {
  uint32_t node = kRoot;
  for (const char byte : prefix) {
    node = Child(node, static_cast<unsigned char>(byte));
    if (node == kNoNode) return kNoNode;
  }
  return node;
}

}  // namespace llmembed::text
