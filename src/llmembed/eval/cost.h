// What a run took as a report: totals, money, JSON and a table for people.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "llmembed/cost.h"
#include "llmembed/embed.h"
#include "llmembed/status.h"

namespace llmembed::eval {

// The processors' energy with that of GPUs where it was measured. nullopt without the processors':
// a part of the energy is no measurement of it.
std::optional<double> MeasuredJoules(const StageCost& cost);

// kUsage for a price that is negative or not finite.
Status CheckPrices(const Prices& prices);

// CostReport's members of these names.
struct CostTexts {
  uint64_t text_tokens = 0;
  uint64_t texts_from_store = 0;
};

// Adds the stages up and reckons the amounts of the given prices.
// Precondition: CheckPrices(prices).ok().
CostReport ReckonCost(std::vector<StageCost> stages, const Prices& prices, const CostTexts& texts);

// The same for texts that were embedded.
CostReport MakeCostReport(std::vector<StageCost> stages, const Prices& prices,
                          const ExtractionReport& extraction);

// "open 0.20 s, embed 10.13 s".
std::string StagesToLine(const CostReport& report);

// The same with processor time, the peak of memory, and energy where it was measured.
std::string CostToLine(const CostReport& report);

// The amounts of money that prices were given for, a line each; "" when none was.
std::string MoneyToText(const CostReport& report);

// The object that CostToJsonText writes. The currency's bytes are as they were given.
nlohmann::ordered_json CostToJson(const CostReport& report);

}  // namespace llmembed::eval
