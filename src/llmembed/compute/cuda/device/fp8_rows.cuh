// Rows of fp8 (e4m3), each with a scale of its own: how they are made, and where they lie for now.
#pragma once

#include <cuda_fp8.h>

#include <map>

#include "compute/cuda/device/memory.cuh"
#include "compute/cuda/device/support.cuh"
#include "compute/cuda/memory_plan.h"
#include "compute/fp8.h"

namespace llmembed::compute::cuda {

// `kCount` numbers of a row, times its factor: four or eight bytes.
template <int kCount>
struct alignas(kCount) Fp8Pack {
  __nv_fp8_storage_t x[kCount];
};

template <typename T, int kCount>
__device__ inline Fp8Pack<kCount> ToFp8Pack(const T (&numbers)[kCount], float factor) {
  Fp8Pack<kCount> pack;
#pragma unroll
  for (int i = 0; i < kCount; ++i) {
    pack.x[i] = __nv_cvt_float_to_fp8(ToFloat(numbers[i]) * factor, __NV_SATFINITE, __NV_E4M3);
  }
  return pack;
}

// Where a kernel writes rows of fp8; null: nowhere.
struct Fp8Rows {
  void* rows = nullptr;     // [rows, columns]
  float* scales = nullptr;  // [rows]
};

// Matrices of bf16 whose memory holds rows of fp8 instead, as they were made for products alone.
// Not thread-safe.
class Fp8Matrices {
 public:
  // Rows of fp8 are about to be written there.
  Result<Fp8Rows> Hold(const Matrix& matrix) {
    Held& held = held_[matrix.data];
    const size_t rows = PaddedDeviceRows(matrix.rows);
    if (rows > held.rows) {
      held = {};
      LLMEMBED_ASSIGN_OR_RETURN(held.scales, AllocateDevice(rows * sizeof(float)));
      held.rows = rows;
    }
    held.is_now = true;
    return Fp8Rows{matrix.data, static_cast<float*>(held.scales.get())};
  }

  // It holds numbers of its own type again.
  void Release(const Matrix& matrix) {
    const auto found = held_.find(matrix.data);
    if (found != held_.end()) found->second.is_now = false;
  }

  // The scales of its rows, or null where it holds what its type says.
  const float* ScalesOf(const Matrix& matrix) const {
    const auto found = held_.find(matrix.data);
    if (found == held_.end() || !found->second.is_now) return nullptr;
    return static_cast<const float*>(found->second.scales.get());
  }

 private:
  struct Held {
    DeviceMemory scales;
    size_t rows = 0;
    bool is_now = false;
  };
  std::map<const void*, Held> held_;
};

}  // namespace llmembed::compute::cuda
