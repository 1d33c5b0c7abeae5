// The reference of the recipe's keys, as docs/formats/recipe.md holds it.
#pragma once

#include <string>

namespace llmembed::recipe {

// Markdown: one table a section, made from the lists of fields.
std::string RecipeReference();

}  // namespace llmembed::recipe
