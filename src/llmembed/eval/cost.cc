#include "eval/cost.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "eval/report.h"
#include "eval/units.h"

namespace llmembed::eval {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr double kSecondsPerHour = 3600.0;

std::optional<double> Sum(std::optional<double> a, std::optional<double> b) {
  if (!a || !b) return std::nullopt;
  return *a + *b;
}

std::optional<double> Amount(std::optional<double> units, std::optional<double> price) {
  if (!units || !price) return std::nullopt;
  return *units * *price;
}

StageCost Total(const std::vector<StageCost>& stages) {
  StageCost total;
  total.stage = "total";
  total.gpu_seconds = total.energy_joules = total.gpu_energy_joules = 0.0;
  for (const StageCost& stage : stages) {
    total.wall_seconds += stage.wall_seconds;
    total.cpu_seconds += stage.cpu_seconds;
    total.peak_memory_bytes = std::max(total.peak_memory_bytes, stage.peak_memory_bytes);
    total.gpu_seconds = Sum(total.gpu_seconds, stage.gpu_seconds);
    total.energy_joules = Sum(total.energy_joules, stage.energy_joules);
    total.gpu_energy_joules = Sum(total.gpu_energy_joules, stage.gpu_energy_joules);
  }
  return total;
}

OrderedJson StageToJson(const StageCost& stage) {
  OrderedJson json;
  json["stage"] = stage.stage;
  json["wall_seconds"] = stage.wall_seconds;
  json["cpu_seconds"] = stage.cpu_seconds;
  json["peak_memory_bytes"] = stage.peak_memory_bytes;
  json["gpu_seconds"] = OrNull(stage.gpu_seconds);
  json["energy_joules"] = OrNull(stage.energy_joules);
  json["gpu_energy_joules"] = OrNull(stage.gpu_energy_joules);
  return json;
}

OrderedJson PricesToJson(const Prices& prices) {
  OrderedJson json;
  json["per_kwh"] = OrNull(prices.per_kwh);
  json["per_machine_hour"] = OrNull(prices.per_machine_hour);
  json["per_million_tokens"] = OrNull(prices.per_million_tokens);
  json["currency"] = prices.currency.empty() ? OrderedJson() : OrderedJson(prices.currency);
  return json;
}

}  // namespace

std::optional<double> MeasuredJoules(const StageCost& cost) {
  if (!cost.energy_joules) return std::nullopt;
  return *cost.energy_joules + cost.gpu_energy_joules.value_or(0.0);
}

Status CheckPrices(const Prices& prices) {
  for (const auto& price : {prices.per_kwh, prices.per_machine_hour, prices.per_million_tokens}) {
    if (price && !(std::isfinite(*price) && *price >= 0.0)) {
      return {StatusCode::kUsage, "a price must be a number and at least 0"};
    }
  }
  return {};
}

CostReport ReckonCost(std::vector<StageCost> stages, const Prices& prices, const CostTexts& texts) {
  CostReport report;
  report.total = Total(stages);
  report.stages = std::move(stages);
  report.text_tokens = texts.text_tokens;
  report.texts_from_store = texts.texts_from_store;
  report.prices = prices;
  const std::optional<double> joules = MeasuredJoules(report.total);
  if (joules) report.energy_cost = Amount(*joules / kJoulesPerKwh, prices.per_kwh);
  report.machine_cost =
      Amount(report.total.wall_seconds / kSecondsPerHour, prices.per_machine_hour);
  report.api_cost =
      Amount(static_cast<double>(report.text_tokens) * 1e-6, prices.per_million_tokens);
  return report;
}

CostReport MakeCostReport(std::vector<StageCost> stages, const Prices& prices,
                          const ExtractionReport& extraction) {
  CostTexts texts{.texts_from_store = extraction.from_store};
  for (const LengthReport& lengths : extraction.lengths) {
    texts.text_tokens = std::max(texts.text_tokens, lengths.all.tokens);
  }
  return ReckonCost(std::move(stages), prices, texts);
}

nlohmann::ordered_json CostToJson(const CostReport& report) {
  OrderedJson json;
  json["stages"] = OrderedJson::array();
  for (const StageCost& stage : report.stages) json["stages"].push_back(StageToJson(stage));
  json["total"] = StageToJson(report.total);
  json["text_tokens"] = report.text_tokens;
  json["texts_from_store"] = report.texts_from_store;
  json["prices"] = PricesToJson(report.prices);
  json["energy_cost"] = OrNull(report.energy_cost);
  json["machine_cost"] = OrNull(report.machine_cost);
  json["api_cost"] = OrNull(report.api_cost);
  return json;
}

std::string CostToJsonText(const CostReport& report) { return JsonText(CostToJson(report)); }

}  // namespace llmembed::eval
