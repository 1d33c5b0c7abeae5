// Which processor computes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "compute/ops.h"
#include "compute/row_ops.h"
#include "llmembed/status.h"

namespace llmembed::compute {

struct Device {
  bool is_cuda = false;  // else the CPU
  int index = 0;         // of the GPU
};

// The devices that share the work: "cpu", "cuda" (the first GPU), "cuda:N", "cuda:N,M" and so on,
// "cuda:all" (every GPU), or "auto" or "": the first GPU where there is one and the part of the
// program that drives it (unless `needs_cpu`), else the CPU. Never empty. kUsage: another word, a
// GPU twice; kUnsupported, saying why: a GPU that cannot be had.
Result<std::vector<Device>> ResolveDevices(const std::string& device, bool needs_cpu = false);

// The first of them, for what one device does.
Result<Device> ResolveDevice(const std::string& device);

Result<std::unique_ptr<Backend>> MakeBackend(const Device& device, MathType math_type);

// One training's. On the CPU its large operations are shared among OpenMP's threads.
Result<std::shared_ptr<RowOps>> MakeRowOps(const Device& device);

}  // namespace llmembed::compute
