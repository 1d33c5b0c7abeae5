// The known word that a misspelt one was meant to be.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace llmembed::recipe {

// The candidate with the fewest edits (insert, remove, replace, swap neighbours), the first of
// equals; "" when none is within a third of the longer word's length.
std::string NearestWord(std::string_view word, std::span<const std::string> candidates);

}  // namespace llmembed::recipe
