#include "pipeline/cost_meter.h"

#include <utility>

namespace llmembed::pipeline {

void CostMeter::Finish(const std::string& stage) {
  const auto now = std::chrono::steady_clock::now();
  const double cpu_seconds = base::CpuSeconds();
  const std::optional<double> joules = energy_.Joules();
  StageCost cost;
  cost.stage = stage;
  cost.wall_seconds = std::chrono::duration<double>(now - std::exchange(began_, now)).count();
  cost.cpu_seconds = cpu_seconds - std::exchange(cpu_seconds_, cpu_seconds);
  cost.peak_memory_bytes = base::PeakMemoryBytes();
  if (joules && joules_) cost.energy_joules = *joules - *joules_;
  joules_ = joules;
  const std::optional<double> gpu_joules = gpu_energy_.Joules();
  if (gpu_joules && gpu_joules_) cost.gpu_energy_joules = *gpu_joules - *gpu_joules_;
  gpu_joules_ = gpu_joules;
  stages_.push_back(std::move(cost));
}

}  // namespace llmembed::pipeline
