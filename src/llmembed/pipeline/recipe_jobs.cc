// `recipes`: what comes with the program, and checks of a user's own.
#include "fusion/presets.h"
#include "llmembed/recipes.h"
#include "recipe/builtin.h"
#include "recipe/recipe.h"

namespace llmembed {

std::vector<NamedRecipe> BuiltinRecipes() {
  std::vector<NamedRecipe> recipes;
  for (const recipe::BuiltinRecipe& builtin : recipe::Builtins()) {
    recipes.push_back({.name = std::string(builtin.name),
                       .summary = std::string(builtin.summary),
                       .text = std::string(builtin.yaml)});
  }
  recipes.push_back({.name = std::string(recipe::kAutoRecipe),
                     .summary = "for train: searches for the best on your own texts",
                     .text =
                         "# No file: `llmembed train --recipe auto` searches, on the texts that "
                         "it trains on, for the\n# best layers, fusion and head of the "
                         "backbones of `lite`. `llmembed search` does the same,\n# shows what "
                         "it tried and writes what it found.\n"});
  return recipes;
}

std::vector<NamedRecipe> FusionPresets() {
  std::vector<NamedRecipe> presets;
  for (const fusion::Preset& preset : fusion::Presets()) {
    presets.push_back({.name = std::string(preset.name),
                       .summary = std::string(preset.summary),
                       .text = std::string(preset.expression)});
  }
  return presets;
}

Result<CheckedRecipe> CheckRecipe(const std::string& name_or_path) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto recipe, recipe::LoadRecipe(name_or_path));
  return CheckedRecipe{.json = recipe::CanonicalJson(recipe), .sha256 = recipe::RecipeHash(recipe)};
}

}  // namespace llmembed
