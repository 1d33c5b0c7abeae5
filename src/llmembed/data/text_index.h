// Finds rows with exactly the same text.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace llmembed::data {

// A hash table of row numbers over texts that it borrows; 8 to 16 bytes a row. Texts are compared
// byte by byte, so a collision of hashes merges nothing. Safe to read from many threads.
class TextIndex {
 public:
  // Indexes all texts; fewer than 2^32 - 1 of them, which must outlive the index.
  explicit TextIndex(std::span<const std::string_view> texts);

  // The first row with this text.
  std::optional<uint32_t> Find(std::string_view text) const;

  // For each row the first row with its text (itself, if it is the first).
  const std::vector<uint32_t>& first_rows() const { return first_rows_; }

 private:
  // Where the text stands or would stand.
  size_t FindSlot(std::string_view text) const;

  std::span<const std::string_view> texts_;
  std::vector<uint32_t> slots_;  // a row, or kFree; a power of two of them
  std::vector<uint32_t> first_rows_;
};

}  // namespace llmembed::data
