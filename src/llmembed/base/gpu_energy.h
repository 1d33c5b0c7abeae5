// Energy that NVIDIA's GPUs took, as their driver measures it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace llmembed::base {

// The functions of NVML (libnvidia-ml.so.1, which the driver brings) that are used: each gives 0 or
// an error's number. A device is whatever the library calls one.
struct NvmlFunctions {
  using Device = void*;
  int (*init)() = nullptr;
  int (*device_count)(unsigned* count) = nullptr;
  int (*device)(unsigned index, Device* device) = nullptr;
  int (*total_energy)(Device device, unsigned long long* millijoules) = nullptr;  // Volta and later
};

// Of all GPUs of the machine, whatever ran on them. Not thread-safe.
class GpuEnergy {
 public:
  // Of the library that is loaded once, where there is one.
  GpuEnergy();
  explicit GpuEnergy(const NvmlFunctions& functions);

  // Since it was made. nullopt when there is no library or no GPU, or any of them could not be read
  // at any time.
  std::optional<double> Joules();

 private:
  std::optional<uint64_t> Millijoules() const;  // of all, since the driver was loaded

  NvmlFunctions functions_;
  std::vector<NvmlFunctions::Device> devices_;
  std::optional<uint64_t> begin_;
};

}  // namespace llmembed::base
