// The recipes that come with the program, as the YAML text a user would write.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace llmembed::recipe {

struct BuiltinRecipe {
  std::string_view name;     // as in the text
  std::string_view summary;  // in a line
  std::string_view yaml;
};

std::span<const BuiltinRecipe> Builtins();

// nullptr when there is none of that name.
const BuiltinRecipe* FindBuiltin(std::string_view name);

std::vector<std::string> BuiltinNames();

}  // namespace llmembed::recipe
