// UTF-8, decoded and checked as Unicode 15 section 3.9 says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace llmembed::base {

// The code point at text[*position], which moves behind it. An ill-formed sequence gives U+FFFD and
// moves over its maximal subpart (as Python's errors="replace" and Rust's from_utf8_lossy do).
// Precondition: *position < text.size().
char32_t DecodeUtf8(std::string_view text, size_t* position);

void AppendUtf8(char32_t code_point, std::string* out);

// Whether the text is well-formed UTF-8. Fast on ASCII.
bool IsValidUtf8(std::string_view text);

// The text with every ill-formed part replaced by U+FFFD.
std::string ReplaceInvalidUtf8(std::string_view text);

}  // namespace llmembed::base
