#include "eval/comparison_report.h"

#include <optional>

#include "eval/cost.h"
#include "eval/decimal.h"
#include "eval/report.h"
#include "eval/text_table.h"
#include "eval/units.h"

namespace llmembed::eval {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr size_t kMethodWidth = 60;
constexpr size_t kTemplateWidth = 200;
constexpr const char* kNotAvailable = "not available";

// What one way takes of what the other takes.
struct Ratios {
  double accuracy_points = 0.0;
  std::optional<double> time, cpu_time, further_text, tokens, peak_memory, energy;
};

std::optional<double> Share(double part, double whole) {
  if (whole <= 0.0) return std::nullopt;
  return part / whole;
}

Ratios RatiosOf(const ComparedMethod& embedding, const ComparedMethod& prompting) {
  const StageCost& a = embedding.cost.total;
  const StageCost& b = prompting.cost.total;
  Ratios ratios;
  ratios.accuracy_points = 100.0 * (embedding.accuracy - prompting.accuracy);
  ratios.time = Share(a.wall_seconds, b.wall_seconds);
  ratios.cpu_time = Share(a.cpu_seconds, b.cpu_seconds);
  ratios.further_text = Share(embedding.further_seconds, prompting.further_seconds);
  ratios.tokens =
      Share(static_cast<double>(embedding.tokens), static_cast<double>(prompting.tokens));
  ratios.peak_memory =
      Share(static_cast<double>(a.peak_memory_bytes), static_cast<double>(b.peak_memory_bytes));
  if (a.energy_joules && b.energy_joules) ratios.energy = Share(*a.energy_joules, *b.energy_joules);
  return ratios;
}

template <typename Visit>
void ForEachPair(const PromptComparison& comparison, const Visit& visit) {
  for (const ComparedMethod& embedding : comparison.methods) {
    for (const ComparedMethod& prompting : comparison.methods) {
      if (!embedding.is_prompting && prompting.is_prompting) visit(embedding, prompting);
    }
  }
}

OrderedJson MethodToJson(const ComparedMethod& method) {
  return {{"name", method.name},
          {"prompting", method.is_prompting},
          {"texts", method.texts},
          {"correct", method.correct},
          {"accuracy", method.accuracy},
          {"interval", {method.low, method.high}},
          {"macro_f1", method.macro_f1},
          {"tokens", method.tokens},
          {"reused_tokens", method.reused_tokens},
          {"cut_texts", method.cut_texts},
          {"seconds_per_further_text", method.further_seconds},
          {"cost", CostToJson(method.cost)}};
}

OrderedJson PaperToJson(const std::optional<PaperCost>& paper) {
  if (!paper) return {};
  return {{"embedding_seconds", paper->embedding_seconds},
          {"embedding_kwh", paper->embedding_kwh},
          {"prompting_seconds", paper->prompting_seconds},
          {"prompting_kwh", paper->prompting_kwh},
          {"prompting_tokens", paper->prompting_tokens}};
}

std::string Energy(const std::optional<double>& joules) {
  return joules ? FixedDecimal(*joules, 1) + " J" : kNotAvailable;
}

std::string Milliseconds(double seconds) { return FixedDecimal(1e3 * seconds, 2) + " ms"; }

std::string MethodTable(const PromptComparison& comparison) {
  TextTable table;
  table.AddRow({"", "accuracy %", "95 % from", "to", "correct", "time", "CPU time",
                "a further text", "tokens read", "peak memory", "energy"});
  for (const ComparedMethod& method : comparison.methods) {
    table.AddRow(
        {CellText(method.name, kMethodWidth), Percent(method.accuracy), Percent(method.low),
         Percent(method.high), std::to_string(method.correct) + "/" + std::to_string(method.texts),
         Duration(method.cost.total.wall_seconds), Duration(method.cost.total.cpu_seconds),
         Milliseconds(method.further_seconds), std::to_string(method.tokens),
         Memory(method.cost.total.peak_memory_bytes), Energy(method.cost.total.energy_joules)});
  }
  return table.Format();
}

std::string ShareCell(const std::optional<double>& share) {
  return share ? FixedDecimal(100.0 * *share, 1) : kNotAvailable;
}

std::string RatioTable(const PromptComparison& comparison) {
  TextTable table;
  table.AddRow({"embedding in % of prompting", "points", "time", "CPU time", "a further text",
                "tokens", "peak memory", "energy"});
  ForEachPair(comparison, [&](const ComparedMethod& embedding, const ComparedMethod& prompting) {
    const Ratios ratios = RatiosOf(embedding, prompting);
    const std::string sign = ratios.accuracy_points > 0.0 ? "+" : "";
    table.AddRow(
        {CellText(embedding.name, kMethodWidth) + " / " + CellText(prompting.name, kMethodWidth),
         sign + FixedDecimal(ratios.accuracy_points, 2), ShareCell(ratios.time),
         ShareCell(ratios.cpu_time), ShareCell(ratios.further_text), ShareCell(ratios.tokens),
         ShareCell(ratios.peak_memory), ShareCell(ratios.energy)});
  });
  return table.Format();
}

// What each way's time is made of; and money, for which there is a price.
std::string Details(const PromptComparison& comparison) {
  std::string text;
  for (const ComparedMethod& method : comparison.methods) {
    text += CellText(method.name, kMethodWidth) + ": " + StagesToLine(method.cost);
    if (method.reused_tokens > 0) {
      text +=
          "; " + std::to_string(method.reused_tokens) + " tokens of prompts read once for several";
    }
    if (method.cut_texts > 0) text += "; " + std::to_string(method.cut_texts) + " texts cut";
    text += "\n";
    text += MoneyToText(method.cost);
  }
  return text;
}

std::string Wording(const PromptComparison& comparison) {
  const PromptSettings& settings = comparison.settings;
  std::string text = "prompts: " + CellText(settings.prompt_template, kTemplateWidth);
  const char* separator = "\nlabels: ";
  for (const LabelWording& label : settings.labels) {
    text += separator + CellText(label.label, kMethodWidth) + " as \"" +
            CellText(label.words, kMethodWidth) + "\"";
    separator = ", ";
  }
  return text + "\n";
}

std::string PaperClaims(const PromptComparison& comparison) {
  std::string text =
      "the paper: 4 % of the parameters (7 of 175 billion, GPT-3), 1.8 % of the electricity and "
      "1.5 % of the time\n(means of five data sets on one A100, training texts included) of CARP, "
      "which has a model write clues and\nreasons; here labels are scored and nothing is "
      "written\n";
  if (!comparison.paper) return text;
  const PaperCost& paper = *comparison.paper;
  return text + "the paper on this data set: LLMEmbed " + Duration(paper.embedding_seconds) +
         " and " + ShortestDecimal(paper.embedding_kwh) + " kWh, CARP " +
         Duration(paper.prompting_seconds) + ", " + ShortestDecimal(paper.prompting_kwh) +
         " kWh and " + std::to_string(paper.prompting_tokens) +
         " tokens: " + FixedDecimal(100.0 * paper.embedding_seconds / paper.prompting_seconds, 2) +
         " % of the time, " + FixedDecimal(100.0 * paper.embedding_kwh / paper.prompting_kwh, 2) +
         " % of the electricity\n";
}

}  // namespace

nlohmann::ordered_json ComparisonToJson(const PromptComparison& comparison) {
  OrderedJson json;
  const PromptSettings& settings = comparison.settings;
  json["model"] = settings.model;
  json["template"] = settings.prompt_template;
  json["labels"] = OrderedJson::object();
  for (const LabelWording& label : settings.labels) json["labels"][label.label] = label.words;
  json["shots"] = settings.shots;
  json["demonstrations"] = DemonstrationChoiceName(settings.demonstrations);
  json["texts"] = comparison.texts;
  json["methods"] = OrderedJson::array();
  for (const ComparedMethod& method : comparison.methods) {
    json["methods"].push_back(MethodToJson(method));
  }
  json["ratios"] = OrderedJson::array();
  ForEachPair(comparison, [&](const ComparedMethod& embedding, const ComparedMethod& prompting) {
    const Ratios ratios = RatiosOf(embedding, prompting);
    json["ratios"].push_back({{"embedding", embedding.name},
                              {"prompting", prompting.name},
                              {"accuracy_points", ratios.accuracy_points},
                              {"time", OrNull(ratios.time)},
                              {"cpu_time", OrNull(ratios.cpu_time)},
                              {"further_text", OrNull(ratios.further_text)},
                              {"tokens", OrNull(ratios.tokens)},
                              {"peak_memory", OrNull(ratios.peak_memory)},
                              {"energy", OrNull(ratios.energy)}});
  });
  json["paper"] = PaperToJson(comparison.paper);
  return json;
}

std::string ComparisonToText(const PromptComparison& comparison) {
  return "\nembedding against prompting, on " + std::to_string(comparison.texts) + " of " +
         std::to_string(comparison.test_texts) +
         " test texts; nothing from the store, each way with opening its models\n\n" +
         MethodTable(comparison) + "\n" + RatioTable(comparison) + "\n" + Details(comparison) +
         "\n" + Wording(comparison) + "\n" + PaperClaims(comparison);
}

}  // namespace llmembed::eval
