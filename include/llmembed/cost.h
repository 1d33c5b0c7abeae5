// What a run took, stage by stage, and what that comes to at given prices.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "llmembed/export.h"

namespace llmembed {

// Prices in one currency, each at least 0. One that is not given is not reckoned with.
struct Prices {
  std::optional<double> per_kwh;             // of electricity
  std::optional<double> per_machine_hour;    // of the machine, while it works
  std::optional<double> per_million_tokens;  // of an API that reads texts
  std::string currency;                      // as it is to be shown, e.g. "USD"; "": not said
};

// Figures without a value were not measured: the machine does not tell, or not to this user.
struct StageCost {
  std::string stage;
  double wall_seconds = 0.0;
  double cpu_seconds = 0.0;        // of all threads of the process, user and system
  uint64_t peak_memory_bytes = 0;  // resident, the most from the program's start to the stage's end
  std::optional<double> gpu_seconds;  // not measured yet
  // Of all processor packages, by RAPL: of whatever ran on them, without memory, disks and fans.
  std::optional<double> energy_joules;
  // Of all NVIDIA GPUs of the machine, by their driver (NVML): of whatever ran on them.
  std::optional<double> gpu_energy_joules;
};

struct CostReport {
  std::vector<StageCost> stages;  // in the order they ran
  StageCost total;                // a figure that a stage does not have, it does not have either
  // Tokens of the texts, whether they were read in this run or not, each text once and whole; with
  // several backbones those of the one whose tokenizer makes the most. Where a model is asked,
  // those of the prompts, each whole.
  uint64_t text_tokens = 0;
  uint64_t texts_from_store = 0;  // what embedding these once took is not in the figures

  Prices prices;
  std::optional<double> energy_cost;   // total.energy_joules, and GPUs' where measured, at per_kwh
  std::optional<double> machine_cost;  // total.wall_seconds at per_machine_hour
  // text_tokens at per_million_tokens: what an API would ask for reading the same texts, or
  // prompts, once. Nothing of this was spent; answers, and a prompt around texts alone, would come
  // on top.
  std::optional<double> api_cost;
};

namespace eval {

// One JSON object, indented by two, ending in a newline: stages [{stage, wall_seconds, cpu_seconds,
// peak_memory_bytes, gpu_seconds, energy_joules, gpu_energy_joules}], total {the same},
// text_tokens, texts_from_store, prices {per_kwh, per_machine_hour, per_million_tokens, currency},
// energy_cost, machine_cost, api_cost. What has no value is null.
LLMEMBED_EXPORT std::string CostToJsonText(const CostReport& report);

// For people: a table by stage with the total, what was not measured, and the amounts of money that
// prices were given for.
LLMEMBED_EXPORT std::string CostToText(const CostReport& report);

}  // namespace eval

}  // namespace llmembed
