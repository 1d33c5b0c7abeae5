// `llmembed store`: care of the embedding store.
#include <charconv>
#include <cmath>
#include <memory>

#include "command.h"
#include "json_output.h"
#include "llmembed/store.h"
#include "text_format.h"

namespace llmembed::cli {
namespace {

constexpr const char* kStatsExamples = R"(Examples:
  llmembed store stats
  llmembed store stats --store /data/vectors --json
)";

constexpr const char* kVerifyExamples = R"(Examples:
  llmembed store verify
  llmembed store verify --store /data/vectors || echo damaged
)";

constexpr const char* kPruneExamples = R"(Examples:
  llmembed store prune --to 2GB
  llmembed store prune --to 500MiB --store /data/vectors
)";

struct Arguments {
  uint64_t target_bytes = 0;
  bool as_json = false;
};

std::string AsText(const StoreStats& stats) {
  std::string text = FormatColumns({{"store", Printable(stats.path)},
                                    {"format", "version " + std::to_string(stats.format_version)},
                                    {"vectors", FormatCount(stats.rows)},
                                    {"size", FormatBytes(stats.bytes)},
                                    {"may grow to", FormatBytes(stats.cap_bytes)}});
  if (stats.spaces.empty()) return text;
  std::vector<std::vector<std::string>> rows = {{"SPACE", "VECTORS", "SIZE", "WHAT DECIDES THEM"}};
  for (const StoreSpace& space : stats.spaces) {
    rows.push_back({Printable(space.id).substr(0, 12), FormatCount(space.rows),
                    FormatBytes(space.bytes), Printable(space.description)});
  }
  return text + "\n" + FormatColumns(rows);
}

// The description is JSON already; kept as text where it is not.
nlohmann::ordered_json ParsedOrText(const std::string& description) {
  auto json = nlohmann::ordered_json::parse(description, nullptr, /*allow_exceptions=*/false);
  return json.is_discarded() ? nlohmann::ordered_json(description) : json;
}

std::string AsJson(const StoreStats& stats) {
  nlohmann::ordered_json json;
  json["path"] = stats.path;
  json["format_version"] = stats.format_version;
  json["rows"] = stats.rows;
  json["bytes"] = stats.bytes;
  json["cap_bytes"] = stats.cap_bytes;
  json["spaces"] = nlohmann::ordered_json::array();
  for (const StoreSpace& space : stats.spaces) {
    json["spaces"].push_back({{"id", space.id},
                              {"rows", space.rows},
                              {"bytes", space.bytes},
                              {"description", ParsedOrText(space.description)}});
  }
  return JsonText(json);
}

Status Stats(const Arguments& arguments, Session& session) {
  LLMEMBED_ASSIGN_OR_RETURN(const StoreStats stats, GetStoreStats(session.context));
  return session.output->Write(arguments.as_json ? AsJson(stats) : AsText(stats));
}

std::string AsText(const StoreVerifyReport& report) {
  std::string text = FormatColumns({{"vectors", FormatCount(report.rows)},
                                    {"damaged", FormatCount(report.damaged_rows)},
                                    {"damaged files", FormatCount(report.damaged_segments)},
                                    {"unfinished writes", FormatBytes(report.incomplete_bytes)}});
  for (const std::string& problem : report.problems) text += Printable(problem) + "\n";
  return text;
}

std::string AsJson(const StoreVerifyReport& report) {
  nlohmann::ordered_json json;
  json["rows"] = report.rows;
  json["damaged_rows"] = report.damaged_rows;
  json["damaged_segments"] = report.damaged_segments;
  json["incomplete_bytes"] = report.incomplete_bytes;
  json["problems"] = report.problems;
  return JsonText(json);
}

Status Verify(const Arguments& arguments, Session& session) {
  LLMEMBED_ASSIGN_OR_RETURN(const StoreVerifyReport report, VerifyStore(session.context));
  LLMEMBED_RETURN_IF_ERROR(
      session.output->Write(arguments.as_json ? AsJson(report) : AsText(report)));
  if (report.damaged_rows == 0 && report.damaged_segments == 0) return {};
  return {StatusCode::kCorrupt,
          "damaged in the store: " + FormatCounted(report.damaged_rows, "vector") + ", " +
              FormatCounted(report.damaged_segments, "whole file") +
              "; what is needed of them will be embedded again"};
}

Status Prune(const Arguments& arguments, Session& session) {
  LLMEMBED_ASSIGN_OR_RETURN(const uint64_t freed,
                            PruneStore(arguments.target_bytes, session.context));
  if (!arguments.as_json) return session.output->Write(FormatBytes(freed) + " freed\n");
  nlohmann::ordered_json json;
  json["freed_bytes"] = freed;
  return session.output->Write(JsonText(json));
}

struct Unit {
  std::string_view name;
  double bytes;
};

constexpr Unit kUnits[] = {{"", 1},
                           {"B", 1},
                           {"kB", 1e3},
                           {"KB", 1e3},
                           {"MB", 1e6},
                           {"GB", 1e9},
                           {"TB", 1e12},
                           {"KiB", 1 << 10},
                           {"MiB", 1 << 20},
                           {"GiB", 1 << 30},
                           {"TiB", 1.0 * (1ULL << 40)}};

// "2GB", "1.5 GiB", "0". False when it is something else.
bool ParseSize(std::string_view text, uint64_t* bytes) {
  double number = 0.0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || !(number >= 0.0)) return false;
  text.remove_prefix(static_cast<size_t>(parsed.ptr - text.data()));
  while (text.starts_with(' ')) text.remove_prefix(1);
  for (const Unit& unit : kUnits) {
    const double value = std::round(number * unit.bytes);
    if (unit.name != text) continue;
    if (value > 9e18) return false;
    *bytes = static_cast<uint64_t>(value);
    return true;
  }
  return false;
}

void AddSizeOption(CLI::App* app, uint64_t* target_bytes) {
  const auto take = [=](const std::string& text) {
    if (!ParseSize(text, target_bytes)) {
      ThrowBadValue("--to", text, "a size such as 500MB, 2GB or 1.5GiB");
    }
  };
  app->add_option_function<std::string>("--to", take, "Size to leave at most, e.g. 2GB; 0: nothing")
      ->type_name("SIZE")
      ->required();
}

}  // namespace

void AddStoreCommands(CommandList* list) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* store = list->root->add_subcommand(
      "store",
      "Looks after the embedding store, where vectors are kept. Each verb has its own --help.");
  store->require_subcommand(1);
  const auto add = [&](const char* name, const char* description, const char* examples, auto run) {
    CLI::App* app = store->add_subcommand(name, description)->footer(examples);
    AddJsonOption(app, &arguments->as_json);
    AddRunOptions(app, list->run_options);
    list->commands.push_back(
        {app, [=](Session& session) { return run(*arguments, session); }, Kept::kNothing});
    return app;
  };
  add("stats", "Shows how many vectors there are, what decided them, and their size on disk.",
      kStatsExamples, Stats);
  add("verify",
      "Reads every vector and compares its checksum. Ends with code 5 when some are damaged; they "
      "will be embedded again when they are needed.",
      kVerifyExamples, Verify);
  CLI::App* prune =
      add("prune", "Removes the longest unused vectors until the store is small enough.",
          kPruneExamples, Prune);
  AddSizeOption(prune, &arguments->target_bytes);
}

}  // namespace llmembed::cli
