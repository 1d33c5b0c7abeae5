// Measures what the stages of a job take.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/cpu.h"
#include "base/energy_counter.h"
#include "base/gpu_energy.h"
#include "llmembed/cost.h"

namespace llmembed::pipeline {

// A stage is from the meter's making, or the end of the stage before, to Finish. What is measured
// is the whole process's, other jobs in it included. Not thread-safe.
class CostMeter {
 public:
  explicit CostMeter(const std::string& powercap = base::kPowercapFolder) : energy_(powercap) {}

  void Finish(const std::string& stage);
  const std::vector<StageCost>& stages() const { return stages_; }

 private:
  base::EnergyCounter energy_;
  std::vector<StageCost> stages_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  double cpu_seconds_ = base::CpuSeconds();
  std::optional<double> joules_ = energy_.Joules();
  base::GpuEnergy gpu_energy_;
  std::optional<double> gpu_joules_ = gpu_energy_.Joules();
};

}  // namespace llmembed::pipeline
