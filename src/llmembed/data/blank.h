// What counts as nothing: blanks as Unicode's White_Space property has them.
#pragma once

#include <string>
#include <string_view>

namespace llmembed::data {

// Empty, or nothing but White_Space. Stops at the first other character.
bool IsBlank(std::string_view text);

// Removes White_Space of ASCII from both ends.
void TrimAsciiBlanks(std::string* text);

}  // namespace llmembed::data
