// The features of a training: on the GPU as far as they fit, the others brought there batch by
// batch.
#pragma once

#include <cuda_runtime.h>

#include <memory>
#include <vector>

#include "compute/cuda/device/memory.cuh"
#include "compute/row_ops.h"

namespace llmembed::compute::cuda {

class CudaRowSource : public RowSource {
 public:
  static Result<std::unique_ptr<RowSource>> Create(const HostRows& rows,
                                                   std::shared_ptr<CUstream_st> stream);
  // Contracts: compute/row_ops.h.
  Status Gather(std::span<const uint32_t> rows, float* to) override;

 private:
  CudaRowSource(const HostRows& rows, std::shared_ptr<CUstream_st> stream)
      : rows_(rows), stream_(std::move(stream)) {}
  Status SendResident();
  // Every kSenders-th chunk, through memory that stays where it is.
  Status SendChunks(unsigned sender, int device) const;
  // Rows that are not on the GPU, to `staged_`, standardised; their places in `places_`.
  Status Stage(std::span<const uint32_t> rows);

  HostRows rows_;
  std::shared_ptr<CUstream_st> stream_;
  size_t resident_ = 0;        // the first rows of the matrix are on the GPU, standardised
  DeviceMemory features_;      // [resident_, width]
  DeviceMemory mean_, scale_;  // [width] of double
  Upload staging_, sent_places_;
  std::vector<float> gathered_;   // rows on their way to the GPU
  std::vector<uint32_t> places_;  // of a batch: rows of `features_`, then of what was staged
  float* staged_ = nullptr;
};

}  // namespace llmembed::compute::cuda
