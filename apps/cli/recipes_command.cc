// `llmembed recipes`: what comes with the program, and whether a file of your own is one.
#include <algorithm>
#include <memory>

#include "command.h"
#include "json_output.h"
#include "llmembed/recipes.h"
#include "nearest.h"
#include "text_format.h"

namespace llmembed::cli {
namespace {

constexpr const char* kListExamples = R"(Examples:
  llmembed recipes list
  llmembed train reviews.csv --recipe lite -o reviews.bundle
)";

constexpr const char* kShowExamples = R"(Examples:
  llmembed recipes show lite > mine.yaml
  llmembed recipes show paper-15
)";

constexpr const char* kCheckExamples = R"(Examples:
  llmembed recipes check mine.yaml
  llmembed recipes check mine.yaml --json
)";

struct Arguments {
  std::string name;
  bool as_json = false;
};

nlohmann::ordered_json AsJson(const std::vector<NamedRecipe>& recipes) {
  auto json = nlohmann::ordered_json::array();
  for (const NamedRecipe& recipe : recipes) {
    json.push_back({{"name", recipe.name}, {"summary", recipe.summary}, {"text", recipe.text}});
  }
  return json;
}

std::string AsText(const char* heading, const std::vector<NamedRecipe>& recipes) {
  std::vector<std::vector<std::string>> rows = {{heading, "WHAT IT IS"}};
  for (const NamedRecipe& recipe : recipes) rows.push_back({recipe.name, recipe.summary});
  return FormatColumns(rows);
}

Status List(const Arguments& arguments, Session& session) {
  if (arguments.as_json) {
    nlohmann::ordered_json json;
    json["recipes"] = AsJson(BuiltinRecipes());
    json["fusions"] = AsJson(FusionPresets());
    return session.output->Write(JsonText(json));
  }
  return session.output->Write(AsText("RECIPE", BuiltinRecipes()) + "\n" +
                               AsText("FUSION", FusionPresets()));
}

Status Show(const Arguments& arguments, Session& session) {
  std::vector<NamedRecipe> all = BuiltinRecipes();
  const std::vector<NamedRecipe> presets = FusionPresets();
  all.insert(all.end(), presets.begin(), presets.end());
  const auto found = std::ranges::find(all, arguments.name, &NamedRecipe::name);
  if (found == all.end()) {
    std::vector<std::string> names;
    for (const NamedRecipe& recipe : all) names.push_back(recipe.name);
    const std::string nearest = NearestWord(arguments.name, names);
    return {StatusCode::kUsage, "no recipe or fusion \"" + arguments.name + "\"" +
                                    (nearest.empty() ? "; 'llmembed recipes list' shows them"
                                                     : "; did you mean " + nearest + "?")};
  }
  if (arguments.as_json) return session.output->Write(JsonText(AsJson({*found}).front()));
  return session.output->Write(found->text + (found->text.ends_with('\n') ? "" : "\n"));
}

Status Check(const Arguments& arguments, Session& session) {
  LLMEMBED_ASSIGN_OR_RETURN(const CheckedRecipe checked, CheckRecipe(arguments.name));
  const auto recipe = nlohmann::ordered_json::parse(checked.json);
  if (arguments.as_json) {
    return session.output->Write(JsonText({{"sha256", checked.sha256}, {"recipe", recipe}}));
  }
  return session.output->Write(recipe.dump(2) + "\n\n" + Printable(arguments.name) +
                               " is a good recipe (" + checked.sha256 + ")\n");
}

}  // namespace

void AddRecipesCommands(CommandList* list) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* recipes = list->root->add_subcommand(
      "recipes",
      "Shows the recipes that come with the program, and checks your own. Each verb has "
      "its own --help.");
  recipes->require_subcommand(1);
  const auto add = [&](const char* name, const char* description, const char* examples, auto run) {
    CLI::App* app = recipes->add_subcommand(name, description)->footer(examples);
    AddJsonOption(app, &arguments->as_json);
    AddRunOptions(app, list->run_options);
    list->commands.push_back(
        {app, [=](Session& session) { return run(*arguments, session); }, Kept::kNothing});
    return app;
  };
  add("list", "Lists the recipes, and the fusions that have a name.", kListExamples, List);
  CLI::App* show = add("show", "Prints a recipe as YAML, to start your own from, or a fusion.",
                       kShowExamples, Show);
  CLI::App* check = add("check",
                        "Checks a recipe and prints it with every default filled in. Errors name "
                        "the line.",
                        kCheckExamples, Check);
  show->add_option("NAME", arguments->name, "Recipe or fusion, as 'list' shows it")->required();
  check->add_option("RECIPE", arguments->name, "Built-in recipe, or a YAML file")->required();
}

}  // namespace llmembed::cli
