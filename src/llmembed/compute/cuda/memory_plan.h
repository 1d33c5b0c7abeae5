// How a GPU's memory is divided, decided before the first batch: nothing is allocated between
// layers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace llmembed::compute::cuda {

// Streams side by side: while one's batch is computed the host prepares the other's.
inline constexpr unsigned kStreams = 2;

// For cuBLASLt's partial sums, of each stream.
inline constexpr size_t kLinearWorkspace = size_t{32} << 20;

// Rows of a matrix are made up to a multiple of this, so that products see few different sizes.
inline constexpr size_t kDeviceRowBlock = 128;

constexpr size_t PaddedDeviceRows(size_t rows) {
  return (rows + kDeviceRowBlock - 1) / kDeviceRowBlock * kDeviceRowBlock;
}

// Tokens of a batch: `preferred`, or as many as each of the streams has room for, in whole
// blocks and at least one. Memory is left for pooled vectors and what libraries take.
size_t TokensThatFit(uint64_t free_bytes, size_t token_bytes, size_t preferred);

// Rows of features, of `rows`, that stay on the GPU while a head is trained: all, or as many as
// there is room for beside the batches.
size_t RowsThatFit(uint64_t free_bytes, size_t row_bytes, size_t rows);

}  // namespace llmembed::compute::cuda
