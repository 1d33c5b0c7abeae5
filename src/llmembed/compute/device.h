// Which processor computes.
#pragma once

#include <memory>
#include <string>

#include "compute/ops.h"
#include "compute/row_ops.h"
#include "llmembed/status.h"

namespace llmembed::compute {

struct Device {
  bool is_cuda = false;  // else the CPU
  int index = 0;         // of the GPU
};

// "cpu", "cuda" (the first GPU), "cuda:N", or "auto" or "": the first GPU where there is one and
// the part of the program that drives it (unless `needs_cpu`), else the CPU. kUsage: another word;
// kUnsupported, saying why: a GPU that cannot be had.
Result<Device> ResolveDevice(const std::string& device, bool needs_cpu = false);

Result<std::unique_ptr<Backend>> MakeBackend(const Device& device, MathType math_type);

// One training's. On the CPU its large operations are shared among OpenMP's threads.
Result<std::shared_ptr<RowOps>> MakeRowOps(const Device& device);

}  // namespace llmembed::compute
