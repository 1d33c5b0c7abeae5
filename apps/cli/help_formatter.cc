#include "help_formatter.h"

#include <algorithm>
#include <vector>

namespace llmembed::cli {
namespace {

constexpr size_t kWidth = 80;
constexpr size_t kLeftColumn = 26;

std::vector<const CLI::App*> Verbs(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

// `text` broken between words, every line but the first indented.
std::string Wrapped(const std::string& text, size_t indent) {
  std::string wrapped;
  size_t column = indent;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    const size_t length = end - begin;
    if (begin > 0) {
      const bool fits = column + 1 + length <= kWidth;
      wrapped += fits ? std::string(" ") : "\n" + std::string(indent, ' ');
      column = fits ? column + 1 : indent;
    }
    wrapped.append(text, begin, length);
    column += length;
    begin = end + 1;
  }
  return wrapped;
}

std::string Row(const std::string& left, const std::string& right) {
  std::string row = "  " + left;
  row += row.size() + 2 <= kLeftColumn ? std::string(kLeftColumn - row.size(), ' ')
                                       : "\n" + std::string(kLeftColumn, ' ');
  return row + Wrapped(right, kLeftColumn) + "\n";
}

bool TakesValue(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

std::string OptionNames(const CLI::Option& option) {
  std::string names;
  for (const std::string& name : option.get_snames()) names += "-" + name + ", ";
  for (const std::string& name : option.get_lnames()) names += "--" + name + ", ";
  names.resize(names.size() - 2);
  return TakesValue(option) ? names + " " + option.get_type_name() : names;
}

std::string OptionRow(const CLI::Option& option) {
  std::string description = option.get_description();
  if (!option.get_default_str().empty()) {
    description += " (default: " + option.get_default_str() + ")";
  }
  if (option.get_positional()) return Row(option.get_name(true), description);
  return Row(OptionNames(option), description);
}

// The rows of all options in `group`, under `title`; "" when there are none.
std::string OptionSection(const CLI::App& app, const std::string& title,
                          const std::function<bool(const CLI::Option&)>& belongs) {
  std::string rows;
  for (const CLI::Option* option : app.get_options()) {
    if (belongs(*option)) rows += OptionRow(*option);
  }
  return rows.empty() ? "" : "\n" + title + ":\n" + rows;
}

}  // namespace

std::string FullName(const CLI::App& app) {
  const CLI::App* parent = app.get_parent();
  return parent == nullptr ? app.get_name() : FullName(*parent) + " " + app.get_name();
}

std::string UsageLine(const CLI::App& app) {
  std::string usage = FullName(app);
  if (!Verbs(app).empty()) return usage + " VERB [options]";
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional()) continue;
    const std::string name = option->get_name(true);
    usage += option->get_required() ? " " + name : " [" + name + "]";
  }
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional() || !option->get_required()) continue;
    const bool has_short = !option->get_snames().empty();
    usage += has_short ? " -" + option->get_snames()[0] : " --" + option->get_lnames()[0];
    usage += " " + option->get_type_name();
  }
  return usage + " [options]";
}

std::string HelpFormatter::make_help(const CLI::App* app, std::string /*parents*/,
                                     CLI::AppFormatMode /*mode*/) const {
  std::string help =
      "Usage: " + UsageLine(*app) + "\n\n" + Wrapped(app->get_description(), 0) + "\n";
  const std::vector<const CLI::App*> verbs = Verbs(*app);
  if (!verbs.empty()) help += "\nVerbs:\n";
  for (const CLI::App* verb : verbs) {
    // A verb's description begins with one sentence that stands for it.
    const std::string& description = verb->get_description();
    help += Row(verb->get_name(), description.substr(0, description.find(". ")));
  }
  help += OptionSection(*app, "Arguments",
                        [](const CLI::Option& option) { return option.get_positional(); });
  for (const std::string& group : app->get_groups()) {
    help += OptionSection(*app, group, [&](const CLI::Option& option) {
      return !option.get_positional() && option.get_group() == group;
    });
  }
  return app->get_footer().empty() ? help : help + "\n" + app->get_footer();
}

}  // namespace llmembed::cli
