// `llmembed verify`: does a model compute what it should on this machine?
#include <cstdio>
#include <memory>

#include "command.h"
#include "json_output.h"
#include "llmembed/models.h"
#include "text_format.h"

namespace llmembed::cli {
namespace {

constexpr const char* kDescription =
    "Checks that a model computes what it should on this machine, layer by layer, with a few short "
    "texts. minilm and smollm2 are compared with what transformers gives; every model with plain "
    "loops in f32 and, where the CPU has it, in bf16, and texts together with each alone. Plain "
    "loops are slow: about a minute for a billion weights. Ends with code 7 when something "
    "differs.";

constexpr const char* kExamples = R"(Examples:
  llmembed verify minilm
  llmembed verify ./my-model --json

max-rel is ||a - b|| / ||a|| of the token that differs most, 1-cosine likewise.
)";

struct Arguments {
  std::string model;
  bool as_json = false;
};

// "2.1e-06", and "0" for nothing at all.
std::string Difference(double value) {
  if (value == 0.0) return "0";
  char text[32];
  std::snprintf(text, sizeof(text), "%.1e", value);
  return text;
}

std::string Title(const ModelCheck& check) {
  std::string what = "Texts together and alone, ";
  if (check.name == "goldens") what = "This CPU and transformers, ";
  if (check.name == "kernels") what = "This CPU and plain loops, ";
  return what + check.compute_type + " (bar: " + check.bar + ")";
}

std::string CheckLines(const ModelCheck& check) {
  std::vector<std::vector<std::string>> rows = {{"layer", "max-abs", "max-rel", "1-cosine"}};
  for (const StateDifference& state : check.states) {
    rows.push_back({state.state, Difference(state.max_abs), Difference(state.max_relative),
                    Difference(state.cosine_distance) + (state.is_within ? "" : "  differs")});
  }
  return "\n" + Title(check) + "\n" + FormatColumns(rows);
}

std::string AsText(const ModelVerification& report) {
  std::string known = "no goldens for it";
  if (!report.known_as.empty()) {
    known = report.known_as + (report.has_known_weights ? "" : ", by other weight files");
  }
  std::string text = FormatColumns({{"model", Printable(report.path)},
                                    {"known as", known},
                                    {"weights SHA-256", report.weights_sha256}});
  for (const ModelCheck& check : report.checks) text += CheckLines(check);
  text += "\n";
  for (const std::string& problem : report.problems) text += Printable(problem) + "\n";
  return report.is_sound() ? text + "The model computes what it should.\n" : text;
}

std::string AsJson(const ModelVerification& report) {
  nlohmann::ordered_json json;
  json["path"] = report.path;
  json["known_as"] = report.known_as;
  json["has_known_weights"] = report.has_known_weights;
  json["weights_sha256"] = report.weights_sha256;
  json["is_sound"] = report.is_sound();
  json["problems"] = report.problems;
  json["checks"] = nlohmann::ordered_json::array();
  for (const ModelCheck& check : report.checks) {
    nlohmann::ordered_json entry;
    entry["name"] = check.name;
    entry["compute_type"] = check.compute_type;
    entry["bar"] = check.bar;
    entry["first_difference"] = check.first_difference;
    entry["states"] = nlohmann::ordered_json::array();
    for (const StateDifference& state : check.states) {
      entry["states"].push_back({{"state", state.state},
                                 {"max_abs", state.max_abs},
                                 {"max_relative", state.max_relative},
                                 {"cosine_distance", state.cosine_distance},
                                 {"is_within", state.is_within}});
    }
    json["checks"].push_back(std::move(entry));
  }
  return JsonText(json);
}

// The first thing that is wrong.
Status Verdict(const ModelVerification& report) {
  if (!report.problems.empty()) {
    return {StatusCode::kMismatch, report.path + ": " + report.problems.front()};
  }
  for (const ModelCheck& check : report.checks) {
    if (check.first_difference.empty()) continue;
    return {StatusCode::kMismatch, report.path + ": differs from layer " + check.first_difference +
                                       " on (" + check.name + ", " + check.compute_type + ")"};
  }
  return {};
}

Status Run(const Arguments& arguments, Session& session) {
  LLMEMBED_ASSIGN_OR_RETURN(const ModelVerification report,
                            VerifyModel(arguments.model, session.context));
  LLMEMBED_RETURN_IF_ERROR(
      session.output->Write(arguments.as_json ? AsJson(report) : AsText(report)));
  return Verdict(report);
}

}  // namespace

void AddVerifyCommand(CommandList* list) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* app = list->root->add_subcommand("verify", kDescription)->footer(kExamples);
  app->add_option("MODEL", arguments->model,
                  "A Hugging Face folder, a GGUF file, or a name of 'llmembed models list'")
      ->required();
  AddJsonOption(app, &arguments->as_json);
  AddRunOptions(app, list->run_options);
  list->commands.push_back(
      {app, [=](Session& session) { return Run(*arguments, session); }, Kept::kNothing});
}

}  // namespace llmembed::cli
