// A recipe: everything that decides how texts become vectors and vectors a head.
// docs/formats/recipe.md describes the file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "head/head_config.h"
#include "llmembed/embed.h"
#include "llmembed/status.h"

namespace llmembed::recipe {

inline constexpr uint32_t kRecipeVersion = 1;

// Stands for a recipe where one is trained: what a search finds. No recipe has this name.
inline constexpr std::string_view kAutoRecipe = "auto";

struct BackboneSpec {
  std::string name;           // what taps call it; see fusion::IsBackboneName
  std::string model;          // a name of the catalogue, a folder or a GGUF file
  uint32_t max_tokens = 256;  // special tokens included
  OnLongText on_long_text = OnLongText::kHead;
  SpecialText special_text = SpecialText::kParse;
  ComputeType compute_type = ComputeType::kAuto;
};

struct Recipe {
  uint32_t version = kRecipeVersion;
  std::string name;
  std::vector<BackboneSpec> backbones;  // at least one; unique names; each used by a tap
  std::string fusion;  // fusion::Expression::ToString(): every tap names its backbone
  head::HeadConfig head;
};

// A built-in recipe by its name, else a YAML file by its path (so "./fast" is a file).
// kUsage for a name that is neither, kNotFound for a path, kBadData with file and line for what is
// wrong inside, kMismatch for a newer version.
Result<Recipe> LoadRecipe(const std::string& name_or_path);

// The same from text; `source` names it in messages.
Result<Recipe> ParseRecipe(std::string_view yaml, const std::string& source);

// Every key with its value, keys sorted: one JSON for all spellings of a recipe.
base::Json ToJson(const Recipe& recipe);
Result<Recipe> FromJson(const base::Json& json, const std::string& source);

// The recipe as a file that ParseRecipe reads back, with every default filled in.
std::string ToYaml(const Recipe& recipe);

// ToJson in its one canonical spelling (no blanks, UTF-8), and its SHA-256 in hex.
std::string CanonicalJson(const Recipe& recipe);
std::string RecipeHash(const Recipe& recipe);

// "auto", "f32", "bf16", "int8" or "fp8".
const char* ComputeTypeName(ComputeType type);
std::optional<ComputeType> ParseComputeType(std::string_view name);  // nullopt: none of them

}  // namespace llmembed::recipe
