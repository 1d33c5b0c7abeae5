#include "compute/device.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>
#include <string_view>

#include "compute/cuda/plugin.h"

namespace llmembed::compute {
namespace {

constexpr std::string_view kCuda = "cuda";
constexpr std::string_view kAllGpus = "cuda:all";

std::optional<int> NumberOf(std::string_view digits) {
  int number = -1;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size()) return {};
  return number >= 0 ? std::optional(number) : std::nullopt;
}

// The numbers of "cuda:N,M", 0 of "cuda"; none of another word, or with one that is there twice.
std::vector<int> IndicesOf(std::string_view device) {
  if (device == kCuda) return {0};
  if (!device.starts_with("cuda:")) return {};
  std::vector<int> indices;
  device.remove_prefix(kCuda.size());
  while (!device.empty()) {
    device.remove_prefix(1);  // ':' or ','
    const size_t length = std::min(device.find(','), device.size());
    const std::optional<int> index = NumberOf(device.substr(0, length));
    if (!index || std::ranges::find(indices, *index) != indices.end()) return {};
    indices.push_back(*index);
    device.remove_prefix(length);
  }
  return indices;
}

}  // namespace

Result<std::vector<Device>> ResolveDevices(const std::string& device, bool needs_cpu) {
  if (device == "cpu") return std::vector{Device{}};
  if (device.empty() || device == "auto") {
    const auto count = needs_cpu ? Result<int>(0) : cuda::DeviceCount();
    return std::vector{Device{.is_cuda = count.ok() && *count > 0}};
  }
  std::vector<int> indices = IndicesOf(device);
  if (indices.empty() && device != kAllGpus) {
    return Status(StatusCode::kUsage,
                  "device \"" + device +
                      "\" is none of auto, cpu, cuda, cuda:N, cuda:N,M (each once) and cuda:all");
  }
  LLMEMBED_ASSIGN_OR_RETURN(const int count, cuda::DeviceCount());
  if (device == kAllGpus) {
    indices.resize(static_cast<size_t>(count));
    std::iota(indices.begin(), indices.end(), 0);
  }
  if (indices.empty() || std::ranges::max(indices) >= count) {
    return Status(StatusCode::kUnsupported,
                  "device " + device + " is not there: this machine has " + std::to_string(count) +
                      " GPUs that CUDA can be used with");
  }
  std::vector<Device> devices;
  devices.reserve(indices.size());
  for (const int index : indices) devices.push_back({.is_cuda = true, .index = index});
  return devices;
}

Result<Device> ResolveDevice(const std::string& device) {
  LLMEMBED_ASSIGN_OR_RETURN(const std::vector<Device> devices, ResolveDevices(device));
  return devices.front();
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
