// Recipes: those that come with the program, and what is wrong with one of your own.
#pragma once

#include <string>
#include <vector>

#include "llmembed/export.h"
#include "llmembed/status.h"

namespace llmembed {

// Something that a recipe can be asked for by name.
struct NamedRecipe {
  std::string name;
  std::string summary;  // in a line
  std::string text;     // YAML of a recipe, or a fusion's expression
};

// From the cheapest to the dearest; any of them is a TrainOptions::recipe.
LLMEMBED_EXPORT std::vector<NamedRecipe> BuiltinRecipes();

// Names that the key `fusion` of a recipe takes instead of an expression.
LLMEMBED_EXPORT std::vector<NamedRecipe> FusionPresets();

// What a recipe says with every default filled in, as JSON in its canonical spelling, and its
// SHA-256, by which a bundle's recipe can be compared.
struct CheckedRecipe {
  std::string json;
  std::string sha256;
};

// A built-in recipe, or a YAML file by its path. Errors name file and line: kUsage, kNotFound,
// kBadData, kMismatch. Whether its models are on this machine is not looked at.
LLMEMBED_EXPORT Result<CheckedRecipe> CheckRecipe(const std::string& name_or_path);

}  // namespace llmembed
