// What a run took as a report: totals, money, JSON and a table for people.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "llmembed/cost.h"
#include "llmembed/embed.h"
#include "llmembed/status.h"

namespace llmembed::eval {

// kUsage for a price that is negative or not finite.
Status CheckPrices(const Prices& prices);

// Adds the stages up and reckons the amounts of the given prices.
// Precondition: CheckPrices(prices).ok().
CostReport MakeCostReport(std::vector<StageCost> stages, const Prices& prices,
                          const ExtractionReport& extraction);

// The object that CostToJsonText writes. The currency's bytes are as they were given.
nlohmann::ordered_json CostToJson(const CostReport& report);

}  // namespace llmembed::eval
