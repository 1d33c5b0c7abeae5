#include "base/gpu_energy.h"

#include <dlfcn.h>

namespace llmembed::base {
namespace {

template <typename Function>
bool Find(void* library, const char* name, Function* function) {
  *function = reinterpret_cast<Function>(dlsym(library, name));
  return *function != nullptr;
}

// Empty when the library, or a function of it, is not there.
NvmlFunctions LoadNvml() {
  void* library = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return {};
  NvmlFunctions found;
  const bool is_whole = Find(library, "nvmlInit_v2", &found.init) &&
                        Find(library, "nvmlDeviceGetCount_v2", &found.device_count) &&
                        Find(library, "nvmlDeviceGetHandleByIndex_v2", &found.device) &&
                        Find(library, "nvmlDeviceGetTotalEnergyConsumption", &found.total_energy);
  return is_whole ? found : NvmlFunctions{};
}

const NvmlFunctions& TheNvml() {
  static const NvmlFunctions functions = LoadNvml();
  return functions;
}

}  // namespace

GpuEnergy::GpuEnergy() : GpuEnergy(TheNvml()) {}

GpuEnergy::GpuEnergy(const NvmlFunctions& functions) : functions_(functions) {
  unsigned count = 0;
  if (functions.init == nullptr || functions.init() != 0) return;
  if (functions.device_count(&count) != 0) return;
  for (unsigned i = 0; i < count; ++i) {
    NvmlFunctions::Device device = nullptr;
    if (functions.device(i, &device) != 0) return;
    devices_.push_back(device);
  }
  if (count > 0) begin_ = Millijoules();
}

std::optional<uint64_t> GpuEnergy::Millijoules() const {
  uint64_t sum = 0;
  for (const NvmlFunctions::Device device : devices_) {
    unsigned long long millijoules = 0;
    if (functions_.total_energy(device, &millijoules) != 0) return std::nullopt;
    sum += millijoules;
  }
  return sum;
}

std::optional<double> GpuEnergy::Joules() {
  if (!begin_) return std::nullopt;
  const std::optional<uint64_t> now = Millijoules();
  if (!now || *now < *begin_) {  // the driver was loaded anew
    begin_.reset();
    return std::nullopt;
  }
  return static_cast<double>(*now - *begin_) * 1e-3;
}

}  // namespace llmembed::base
