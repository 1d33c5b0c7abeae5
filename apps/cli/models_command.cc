// `llmembed models`: which backbones there are, and how they get onto this machine.
#include <memory>

#include "command.h"
#include "json_output.h"
#include "llmembed/models.h"
#include "text_format.h"

namespace llmembed::cli {
namespace {

constexpr const char* kListExamples = R"(Examples:
  llmembed models list
  llmembed models list --json
)";

constexpr const char* kPullExamples = R"(Examples:
  llmembed models pull minilm
  llmembed models pull sentence-transformers/all-MiniLM-L12-v2
)";

constexpr const char* kPathExamples = R"text(Examples:
  llmembed models path minilm
  ls "$(llmembed models path minilm)"
)text";

struct Arguments {
  std::string name;
  bool as_json = false;
};

std::string AsText(const std::vector<ModelEntry>& models) {
  std::vector<std::vector<std::string>> rows = {
      {"NAME", "HERE", "DOWNLOAD", "LICENCE", "WHAT IT IS"}};
  for (const ModelEntry& model : models) {
    rows.push_back({Printable(model.name), model.present ? "yes" : "no",
                    model.bytes == 0 ? "?" : FormatBytes(model.bytes), Printable(model.licence),
                    Printable(model.summary)});
  }
  return FormatColumns(rows);
}

std::string AsJson(const std::vector<ModelEntry>& models) {
  auto json = nlohmann::ordered_json::array();
  for (const ModelEntry& model : models) {
    nlohmann::ordered_json entry;
    entry["name"] = model.name;
    entry["summary"] = model.summary;
    entry["origin"] = model.origin;
    entry["licence"] = model.licence;
    entry["bytes"] = model.bytes;
    entry["present"] = model.present;
    entry["path"] = model.present ? nlohmann::ordered_json(model.path) : nlohmann::ordered_json();
    json.push_back(std::move(entry));
  }
  return JsonText(json);
}

Status List(const Arguments& arguments, Session& session) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto models, ListModels(session.context));
  return session.output->Write(arguments.as_json ? AsJson(models) : AsText(models));
}

Status PrintPath(const Arguments& arguments, const std::string& path, Session& session) {
  if (!arguments.as_json) return session.output->Write(path + "\n");
  nlohmann::ordered_json json;
  json["name"] = arguments.name;
  json["path"] = path;
  return session.output->Write(JsonText(json));
}

Status Pull(const Arguments& arguments, Session& session) {
  LLMEMBED_ASSIGN_OR_RETURN(const std::string path, PullModel(arguments.name, session.context));
  return PrintPath(arguments, path, session);
}

Status Path(const Arguments& arguments, Session& session) {
  LLMEMBED_ASSIGN_OR_RETURN(const std::string path, ModelPath(arguments.name, session.context));
  return PrintPath(arguments, path, session);
}

}  // namespace

void AddModelsCommands(CommandList* list) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* models = list->root->add_subcommand(
      "models", "Lists backbones and gets them onto this machine. Each verb has its own --help.");
  models->require_subcommand(1);
  const auto add = [&](const char* name, const char* description, const char* examples, auto run,
                       Kept kept) {
    CLI::App* app = models->add_subcommand(name, description)->footer(examples);
    AddJsonOption(app, &arguments->as_json);
    AddRunOptions(app, list->run_options);
    list->commands.push_back(
        {app, [=](Session& session) { return run(*arguments, session); }, kept});
    return app;
  };
  add("list", "Lists the catalogue, and what of it is on this machine.", kListExamples, List,
      Kept::kNothing);
  CLI::App* pull = add("pull",
                       "Downloads a model and prints its folder. Sizes and SHA-256 are verified; "
                       "an interrupted download goes on where it stopped.",
                       kPullExamples, Pull, Kept::kDownload);
  CLI::App* path = add("path", "Prints the folder of a model that is on this machine.",
                       kPathExamples, Path, Kept::kNothing);
  pull->add_option("NAME", arguments->name, "Catalogue name, or owner/name[@revision] of the hub")
      ->required();
  path->add_option("NAME", arguments->name, "Catalogue name, owner/name[@revision], or a folder")
      ->required();
}

}  // namespace llmembed::cli
