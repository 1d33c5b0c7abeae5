#include "recipe/builtin.h"

#include <algorithm>
#include <array>

namespace llmembed::recipe {
namespace {

constexpr std::array kBuiltins = {
    BuiltinRecipe{"fast", R"(# A small backbone and a linear head: seconds to minutes on a laptop.
version: 1
name: fast
backbones:
  - name: minilm
    model: minilm
    max_tokens: 256
    dtype: auto
fusion: minilm/-1:mean
head:
  kind: logistic_regression
)"},
};

}  // namespace

const BuiltinRecipe* FindBuiltin(std::string_view name) {
  const auto found = std::find_if(kBuiltins.begin(), kBuiltins.end(),
                                  [&](const BuiltinRecipe& recipe) { return recipe.name == name; });
  return found == kBuiltins.end() ? nullptr : &*found;
}

std::vector<std::string> BuiltinNames() {
  std::vector<std::string> names;
  for (const BuiltinRecipe& recipe : kBuiltins) names.emplace_back(recipe.name);
  return names;
}

}  // namespace llmembed::recipe
