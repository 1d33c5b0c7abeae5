#include "compute/device.h"

#include <charconv>
#include <string_view>

#include "compute/cuda/plugin.h"

namespace llmembed::compute {
namespace {

constexpr std::string_view kCuda = "cuda";

// The N of "cuda:N", 0 of "cuda", or -1.
int CudaIndex(std::string_view device) {
  if (device == kCuda) return 0;
  if (!device.starts_with("cuda:")) return -1;
  const std::string_view digits = device.substr(kCuda.size() + 1);
  int index = -1;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  return parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size() ? index : -1;
}

}  // namespace

Result<Device> ResolveDevice(const std::string& device, bool needs_cpu) {
  if (device == "cpu") return Device{};
  if (device.empty() || device == "auto") {
    const auto count = needs_cpu ? Result<int>(0) : cuda::DeviceCount();
    return Device{.is_cuda = count.ok() && *count > 0};
  }
  const int index = CudaIndex(device);
  if (index < 0) {
    return Status(StatusCode::kUsage,
                  "device \"" + device + "\" is none of auto, cpu, cuda and cuda:N");
  }
  LLMEMBED_ASSIGN_OR_RETURN(const int count, cuda::DeviceCount());
  if (index >= count) {
    return Status(StatusCode::kUnsupported,
                  "device " + device + " is not there: this machine has " + std::to_string(count) +
                      " GPUs that CUDA can be used with");
  }
  return Device{.is_cuda = true, .index = index};
}

Result<std::unique_ptr<Backend>> MakeBackend(const Device& device, MathType math_type) {
  return device.is_cuda ? cuda::MakeBackend(math_type, device.index) : MakeCpuBackend(math_type);
}

Result<std::shared_ptr<RowOps>> MakeRowOps(const Device& device) {
  if (!device.is_cuda) {  // borrowed: it stays
    return std::shared_ptr<RowOps>(std::shared_ptr<RowOps>(), CpuRowOps(GemmThreads::kAll));
  }
  LLMEMBED_ASSIGN_OR_RETURN(std::unique_ptr<RowOps> ops, cuda::MakeRowOps(device.index));
  return std::shared_ptr<RowOps>(std::move(ops));
}

}  // namespace llmembed::compute
