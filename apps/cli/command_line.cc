#include "command_line.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "help_formatter.h"
#include "llmembed/version.h"
#include "nearest.h"
#include "text_format.h"

namespace llmembed::cli {
namespace {

constexpr const char* kDescription =
    "Text classifiers from frozen language models: texts are embedded once, and a small head is "
    "trained on the vectors.";

constexpr const char* kExamples = R"(Examples:
  llmembed models pull minilm
  llmembed train reviews.csv --text review --label stars -o reviews.bundle
  llmembed predict reviews.bundle new.txt
  llmembed evaluate reviews.bundle test.csv

'llmembed VERB --help' says more about a verb.
)";

std::string VersionLine() {
  return std::string("llmembed ") + Version() + " (" + InstructionSet() + ")\n";
}

std::vector<std::string> VerbNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(verb->get_name());
  }
  return names;
}

std::vector<std::string> OptionNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

std::string Suggestion(const std::string& word, const std::vector<std::string>& known) {
  const std::string nearest = NearestWord(word, known);
  return nearest.empty() ? "" : "; did you mean " + nearest + "?";
}

// What is wrong with a word that `app` has no use for.
std::string DescribeExtra(const CLI::App& app, const std::string& word, bool is_argument) {
  if (!is_argument && word.size() > 1 && word.starts_with('-')) {
    const std::string name = word.substr(0, word.find('='));
    return FullName(app) + " has no option '" + name + "'" + Suggestion(name, OptionNames(app));
  }
  const std::vector<std::string> verbs = VerbNames(app);
  if (!verbs.empty()) {
    return FullName(app) + " has no verb '" + word + "'" + Suggestion(word, verbs);
  }
  return "one argument too many: '" + word + "'; expected: " + UsageLine(app);
}

// "--seed: 1 required N missing" -> "--seed needs a value"; other messages stand as they are.
std::string DescribeFault(const CLI::App& app, const CLI::ParseError& error) {
  const std::string message = error.what();
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    return message.substr(0, message.find(':')) + " needs a value";
  }
  if (dynamic_cast<const CLI::RequiredError*>(&error) == nullptr) return message;
  const std::vector<std::string> verbs = VerbNames(app);
  if (verbs.empty()) return message + "; expected: " + UsageLine(app);
  std::string listed;
  for (const std::string& verb : verbs) listed += (listed.empty() ? "" : ", ") + verb;
  return FullName(app) + " needs a verb: " + listed;
}

// "--label=" would take the next word for its value: most likely an empty shell variable.
std::optional<std::string> FindEmptyValue(const std::vector<std::string>& words) {
  const auto end = std::find(words.begin(), words.end(), "--");
  const auto found = std::find_if(words.begin(), end, [](const std::string& word) {
    return word.starts_with("--") && word.find('=') == word.size() - 1;
  });
  return found == end ? std::nullopt : std::optional(found->substr(0, found->size() - 1));
}

// The words behind the program's name; "help VERB" becomes "VERB --help".
std::vector<std::string> Words(int argc, const char* const* argv) {
  std::vector<std::string> words;
  for (int i = 1; i < argc; ++i) words.emplace_back(argv[i]);
  if (!words.empty() && words[0] == "help") {
    words.erase(words.begin());
    words.emplace_back("--help");
  }
  return words;
}

}  // namespace

std::string HelpHint(const CLI::App& app) { return "see: " + FullName(app) + " --help"; }

CommandLine::CommandLine() : root_(kDescription, "llmembed"), list_{&root_, &run_options_, {}} {
  // Set before the verbs are added: they inherit it.
  root_.formatter(std::make_shared<HelpFormatter>());
  root_.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  root_.set_help_flag("-h,--help", "Print this help");
  AddTrainCommand(&list_);
  AddEvaluateCommand(&list_);
  AddPredictCommand(&list_);
  AddPromptCommand(&list_);
  AddEmbedCommand(&list_);
  AddTokenizeCommand(&list_);
  AddInspectCommand(&list_);
  AddVerifyCommand(&list_);
  AddSearchCommand(&list_);
  AddBenchCommand(&list_);
  AddBenchmarkCommand(&list_);
  AddModelsCommands(&list_);
  AddRecipesCommands(&list_);
  AddStoreCommands(&list_);
  root_.set_version_flag("--version", VersionLine, "Print the version and the instruction set");
  root_.require_subcommand(1);
  root_.footer(kExamples);
}

const CLI::App& CommandLine::Deepest() const {
  const CLI::App* app = &root_;
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  return *app;
}

std::variant<const Command*, InformationAsked, UsageFault> CommandLine::Parse(
    int argc, const char* const* argv) {
  std::vector<std::string> words = Words(argc, argv);
  const std::optional<std::string> empty_value = FindEmptyValue(words);
  std::reverse(words.begin(), words.end());  // as CLI11 wants them
  std::string fault;
  try {
    root_.parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    return InformationAsked{root_.help()};
  } catch (const CLI::CallForVersion&) {
    return InformationAsked{VersionLine()};
  } catch (const CLI::ParseError& error) {
    fault = DescribeFault(Deepest(), error);
  }
  const CLI::App& app = Deepest();
  // A word that is not understood explains more than what is missing because of it.
  for (const CLI::App* level = &app; level != nullptr; level = level->get_parent()) {
    std::vector<std::string> extra = level->remaining();
    // It only says that no options follow.
    const bool only_arguments = std::erase(extra, "--") > 0;
    if (!extra.empty()) fault = DescribeExtra(*level, extra.front(), only_arguments);
  }
  if (empty_value.has_value()) fault = *empty_value + " needs a value";
  if (!fault.empty()) return UsageFault{Status(StatusCode::kUsage, fault), HelpHint(app)};
  const auto found = std::find_if(list_.commands.begin(), list_.commands.end(),
                                  [&](const Command& command) { return command.app == &app; });
  if (found == list_.commands.end()) {
    return UsageFault{Status(StatusCode::kInternal, "a verb without a command"), HelpHint(app)};
  }
  return &*found;
}

}  // namespace llmembed::cli
