// The CUDA backend is a shared object of its own, libllmembed_cuda.so, which is loaded when it is
// asked for: a program that was built with it runs on machines without a GPU or CUDA too.
#pragma once

#include <cstdint>
#include <memory>

#include "compute/ops.h"
#include "compute/row_ops.h"
#include "llmembed/status.h"

namespace llmembed::compute::cuda {

// What the shared object shows, by its one function kPluginEntry. It is made from the same sources
// by the same compiler as what loads it, or not taken.
struct Plugin {
  uint32_t version;      // kPluginVersion
  const char* compiler;  // __VERSION__
  Result<int> (*device_count)();
  Result<std::unique_ptr<Backend>> (*make_backend)(MathType math_type, int device);
  Result<std::unique_ptr<RowOps>> (*make_row_ops)(int device);
};
using PluginEntry = const Plugin* (*)();

inline constexpr uint32_t kPluginVersion = 2;
inline constexpr const char* kPluginEntry = "llmembed_cuda_plugin";
inline constexpr const char* kPluginFile = "libllmembed_cuda.so";

// GPUs that can be used. kUnsupported, saying why: no shared object beside the program (or library,
// or in the lib folder beside theirs), no driver, no CUDA libraries.
Result<int> DeviceCount();

// Errors: as DeviceCount; kUnsupported for a math type it does not have.
Result<std::unique_ptr<Backend>> MakeBackend(MathType math_type, int device);

// Errors: as DeviceCount.
Result<std::unique_ptr<RowOps>> MakeRowOps(int device);

}  // namespace llmembed::compute::cuda
