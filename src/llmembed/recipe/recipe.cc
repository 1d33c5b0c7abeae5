#include "recipe/recipe.h"

#include <algorithm>

#include "base/file_io.h"
#include "base/sha256.h"
#include "fusion/expression.h"
#include "fusion/presets.h"
#include "recipe/builtin.h"
#include "recipe/nearest.h"
#include "recipe/recipe_fields.h"
#include "recipe/section.h"
#include "recipe/yaml_reader.h"

namespace llmembed::recipe {
namespace {

std::vector<std::string> BackboneNames(const Recipe& recipe) {
  std::vector<std::string> names;
  for (const BackboneSpec& spec : recipe.backbones) names.push_back(spec.name);
  return names;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// Every tap's backbone is in the list, and every one of the list is tapped.
Status CheckBackbones(const fusion::Expression& expression, const Recipe& recipe) {
  std::vector<std::string> unused = BackboneNames(recipe);
  const std::vector<std::string> names = unused;
  for (const fusion::Tap& tap : expression.taps()) {
    if (tap.is_lexical) continue;
    std::erase(unused, tap.backbone);
    if (std::find(names.begin(), names.end(), tap.backbone) != names.end()) continue;
    const std::string nearest = NearestWord(tap.backbone, names);
    const std::string problem =
        tap.backbone.empty() ? "names no backbone" : "names an unknown backbone";
    return {StatusCode::kBadData, "tap \"" + ToString(tap) + "\" " + problem +
                                      (nearest.empty() ? ", expected one of " + Joined(names)
                                                       : ", did you mean \"" + nearest + "\"?")};
  }
  if (unused.empty()) return {};
  return {StatusCode::kBadData, "no tap uses the backbone \"" + unused.front() + "\""};
}

// mean_all is the mean over a text padded to max_tokens: whoever asks for it says to what.
Status CheckPaddedLengths(const fusion::Expression& expression, const Node& root,
                          const Recipe& recipe) {
  const std::vector<Node>& backbones = root.Find("backbones")->children;
  for (const fusion::Tap& tap : expression.taps()) {
    if (tap.pooling != fusion::Pooling::kMeanAll) continue;
    for (size_t i = 0; i < recipe.backbones.size(); ++i) {
      if (recipe.backbones[i].name != tap.backbone || backbones[i].Find("max_tokens") != nullptr) {
        continue;
      }
      return ErrorAt(backbones[i], "the tap " + ToString(tap) +
                                       " averages over padding up to max_tokens, which has to be"
                                       " given");
    }
  }
  return {};
}

// Checks the expression as far as it goes without the backbones' widths; makes it canonical.
Status ResolveFusion(const Node& root, Recipe* recipe) {
  const Node& node = *root.Find("fusion");
  const bool is_single = recipe->backbones.size() == 1;
  if (const fusion::Preset* preset = fusion::FindPreset(recipe->fusion); preset != nullptr) {
    recipe->fusion = preset->expression;
  }
  const auto expression =
      fusion::Expression::Parse(recipe->fusion, is_single ? recipe->backbones.front().name : "");
  if (!expression.ok()) return expression.status().WithContext(node.where);
  LLMEMBED_RETURN_IF_ERROR(CheckBackbones(*expression, *recipe).WithContext(node.where));
  LLMEMBED_RETURN_IF_ERROR(CheckPaddedLengths(*expression, root, *recipe));
  if (expression->IsTrained() && recipe->head.kind != head::HeadKind::kMlp) {
    return ErrorAt(node,
                   "this fusion is trained together with its head, which has to be of kind "
                   "mlp (with `hidden_sizes: []` it is linear)");
  }
  recipe->fusion = expression->ToString();
  return {};
}

Result<Recipe> RecipeFromNode(const Node& root) {
  Recipe recipe;
  LLMEMBED_RETURN_IF_ERROR(CheckIsMap(root));
  // First, since a newer version may have other keys.
  LLMEMBED_RETURN_IF_ERROR(ParseField(root, VersionField(), &recipe));
  LLMEMBED_RETURN_IF_ERROR(ParseSection(root, RecipeFields(), &recipe));
  LLMEMBED_RETURN_IF_ERROR(ResolveFusion(root, &recipe));
  return recipe;
}

bool LooksLikePath(const std::string& text) {
  return text.find('/') != std::string::npos || text.ends_with(".yaml") || text.ends_with(".yml");
}

}  // namespace

Result<Recipe> ParseRecipe(std::string_view yaml, const std::string& source) {
  LLMEMBED_ASSIGN_OR_RETURN(const Node root, ParseYaml(yaml, source));
  return RecipeFromNode(root);
}

Result<Recipe> LoadRecipe(const std::string& name_or_path) {
  if (const BuiltinRecipe* builtin = FindBuiltin(name_or_path); builtin != nullptr) {
    return ParseRecipe(builtin->yaml, "built-in recipe " + name_or_path);
  }
  if (name_or_path == kAutoRecipe) {
    return Status(StatusCode::kUsage,
                  "\"auto\" is no recipe but a search for one: 'llmembed train' does it, and "
                  "'llmembed search' writes what it finds");
  }
  const auto text = base::ReadSmallFile(name_or_path, kMaxYamlBytes);
  if (text.ok()) return ParseRecipe(*text, name_or_path);
  if (text.status().code() != StatusCode::kNotFound || LooksLikePath(name_or_path)) {
    return text.status();
  }
  const std::vector<std::string> names = BuiltinNames();
  const std::string nearest = NearestWord(name_or_path, names);
  return Status(StatusCode::kUsage,
                "no recipe \"" + name_or_path +
                    "\": " + (nearest.empty() ? "" : "did you mean \"" + nearest + "\"? ") +
                    "Built in: " + Joined(names) + "; or give a YAML file");
}

base::Json ToJson(const Recipe& recipe) { return SectionToJson(RecipeFields(), recipe); }

Result<Recipe> FromJson(const base::Json& json, const std::string& source) {
  return RecipeFromNode(NodeFromJson(json, source));
}

std::string ToYaml(const Recipe& recipe) {
  // Scalars and lists of scalars are spelled as in JSON, which YAML holds.
  const base::Json json = ToJson(recipe);
  std::string text =
      "version: " + json["version"].dump() + "\nname: " + json["name"].dump() + "\nbackbones:\n";
  for (const base::Json& backbone : json["backbones"]) {
    const char* indent = "  - ";
    for (const auto& [key, value] : backbone.items()) {
      text += indent + key + ": " + value.dump() + "\n";
      indent = "    ";
    }
  }
  text += "fusion: " + json["fusion"].dump() + "\nhead:\n";
  for (const auto& [key, value] : json["head"].items()) {
    text += "  " + key + ": " + value.dump() + "\n";
  }
  return text;
}

std::string CanonicalJson(const Recipe& recipe) { return ToJson(recipe).dump(); }

std::string RecipeHash(const Recipe& recipe) {
  return base::Hex(base::Sha256Of(CanonicalJson(recipe)));
}

const char* ComputeTypeName(ComputeType type) { return ChoiceName(ComputeTypes(), type); }

std::optional<ComputeType> ParseComputeType(std::string_view name) {
  const auto found = std::ranges::find(ComputeTypes(), name, &Choice<ComputeType>::name);
  return found == ComputeTypes().end() ? std::nullopt : std::optional(found->value);
}

}  // namespace llmembed::recipe
