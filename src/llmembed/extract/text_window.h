// Texts handed over at a time, and how messages call one of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace llmembed::extract {

// How many texts, and bytes of text, a caller should hand over at a time: enough to sort by length
// and fill every core, few enough that an interrupted run loses seconds and memory stays small.
inline constexpr size_t kWindowTexts = 2048;
inline constexpr size_t kWindowBytes = 256 << 10;

// Borrowed: what it points to outlives it.
struct TextWindow {
  std::span<const std::string_view> texts;
  std::string_view source{};          // as messages call it, e.g. a path
  std::span<const uint64_t> lines{};  // [texts] on which they begin; empty: not from a file
  size_t first = 0;                   // how many texts stand before these

  size_t size() const { return texts.size(); }

  // "reviews.csv: line 7"; without lines "text 7", counted from 1.
  std::string Place(size_t text) const {
    if (lines.empty()) return "text " + std::to_string(first + text + 1);
    return std::string(source) + ": line " + std::to_string(lines[text]);
  }
};

}  // namespace llmembed::extract
