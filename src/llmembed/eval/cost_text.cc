#include "eval/cost.h"
#include "eval/decimal.h"
#include "eval/text_table.h"
#include "eval/units.h"

namespace llmembed::eval {
namespace {

constexpr size_t kStageWidth = 24;
constexpr size_t kCurrencyWidth = 12;

std::string StageTable(const CostReport& report) {
  const bool has_gpu = report.total.gpu_seconds.has_value();
  const bool has_energy = report.total.energy_joules.has_value();
  const bool has_gpu_energy = report.total.gpu_energy_joules.has_value();
  const auto joules = [](const std::optional<double>& measured) {
    return FixedDecimal(measured.value_or(0.0), 1) + " J";
  };
  TextTable table;
  const auto add = [&](std::vector<std::string> cells, const std::string& gpu,
                       const std::string& energy, const std::string& gpu_energy) {
    if (has_gpu) cells.push_back(gpu);
    if (has_energy) cells.push_back(energy);
    if (has_gpu_energy) cells.push_back(gpu_energy);
    table.AddRow(std::move(cells));
  };
  const auto add_stage = [&](const StageCost& stage) {
    add({CellText(stage.stage, kStageWidth), Duration(stage.wall_seconds),
         Duration(stage.cpu_seconds), Memory(stage.peak_memory_bytes)},
        Duration(stage.gpu_seconds.value_or(0.0)), joules(stage.energy_joules),
        joules(stage.gpu_energy_joules));
  };
  add({"stage", "time", "CPU time", "peak memory"}, "GPU time", "energy", "GPU energy");
  for (const StageCost& stage : report.stages) add_stage(stage);
  add_stage(report.total);
  std::string text = table.Format();
  if (!has_gpu) text += "GPU time: not available\n";
  if (!has_energy) text += "energy: not available, no counter of the processors can be read\n";
  return text;
}

}  // namespace

std::string StagesToLine(const CostReport& report) {
  std::string text;
  for (const StageCost& stage : report.stages) {
    text += (text.empty() ? "" : ", ") + stage.stage + " " + Duration(stage.wall_seconds);
  }
  return text;
}

std::string CostToLine(const CostReport& report) {
  const StageCost& total = report.total;
  std::string text = StagesToLine(report) + "; CPU time " + Duration(total.cpu_seconds) +
                     ", peak memory " + Memory(total.peak_memory_bytes);
  if (total.energy_joules) text += ", energy " + FixedDecimal(*total.energy_joules, 1) + " J";
  if (total.gpu_energy_joules) {
    text += ", of GPUs " + FixedDecimal(*total.gpu_energy_joules, 1) + " J";
  }
  return text;
}

std::string MoneyToText(const CostReport& report) {
  const Prices& prices = report.prices;
  const std::string currency =
      prices.currency.empty() ? "" : " " + CellText(prices.currency, kCurrencyWidth);
  TextTable table;
  const auto add = [&](const std::optional<double>& price, const std::string& what,
                       const std::string& unit, const std::optional<double>& amount) {
    if (!price) return;
    table.AddRow({what + " at " + ShortestDecimal(*price) + currency + " " + unit,
                  amount ? Money(*amount, currency) : "not available"});
  };
  const std::optional<double> joules = MeasuredJoules(report.total);
  add(prices.per_kwh,
      joules ? FixedDecimal(*joules / kJoulesPerKwh, 6) + " kWh" : std::string("energy"), "a kWh",
      report.energy_cost);
  add(prices.per_machine_hour, "the machine for " + Duration(report.total.wall_seconds), "an hour",
      report.machine_cost);
  add(prices.per_million_tokens,
      "for comparison, an API reading " + std::to_string(report.text_tokens) + " tokens",
      "a million", report.api_cost);
  return table.Format();
}

std::string CostToText(const CostReport& report) {
  std::string text = StageTable(report);
  if (report.texts_from_store > 0) {
    text += "What embedding the " + std::to_string(report.texts_from_store) +
            " texts from the store once took is not in it.\n";
  }
  const std::string money = MoneyToText(report);
  return money.empty() ? text : text + "\n" + money;
}

}  // namespace llmembed::eval
