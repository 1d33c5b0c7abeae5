// What a misspelt option or verb was meant to be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace llmembed::cli {

// The candidate with the fewest edits (insert, remove, replace, swap neighbours), the first of
// equals; "" when none is within a third of the longer word's length.
std::string NearestWord(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace llmembed::cli
