#include "compute/gemm.h"

#include <dnnl.h>
#include <omp.h>

#include <string>

#include "compute/cpu/linear/onednn_support.h"
#include "compute/cpu/linear/tile_gemm.h"

namespace llmembed::compute {
namespace {

// Multiplications from which a product is worth sharing: some milliseconds of one core.
constexpr double kLargeProduct = 2e8;

// Multiplications from which it is worth packing for tiles.
constexpr double kTiledProduct = 2e7;

// What oneDNN calls the row stride of an operand that is [rows, columns] after op().
dnnl_dim_t RowStride(const GemmInput& input, uint64_t rows, uint64_t columns) {
  if (input.row_stride != 0) return static_cast<dnnl_dim_t>(input.row_stride);
  return static_cast<dnnl_dim_t>(input.transpose == Transpose::kYes ? rows : columns);
}

char TransposeCode(const GemmInput& input) {
  return input.transpose == Transpose::kYes ? 'T' : 'N';
}

}  // namespace

Status Gemm(const GemmShape& shape, const GemmInput& a, const GemmInput& b, const GemmOutput& c,
            GemmThreads threads) {
  if (shape.m == 0 || shape.n == 0) return Status();
  const double multiplications =
      static_cast<double>(shape.m) * static_cast<double>(shape.n) * static_cast<double>(shape.k);
  const bool is_shared = threads == GemmThreads::kAll && multiplications >= kLargeProduct;
  const int thread_count = is_shared ? omp_get_max_threads() : 1;
  if (multiplications >= kTiledProduct && cpu::TilesFit(shape, c)) {
    return cpu::TileGemm(shape, a, b, c, thread_count);
  }
  const cpu::OneDnnThreads limit(thread_count);
  const uint64_t row_stride = c.row_stride != 0 ? c.row_stride : shape.n;
  const dnnl_status_t status =
      dnnl_sgemm(TransposeCode(a), TransposeCode(b), static_cast<dnnl_dim_t>(shape.m),
                 static_cast<dnnl_dim_t>(shape.n), static_cast<dnnl_dim_t>(shape.k), c.alpha,
                 a.values, RowStride(a, shape.m, shape.k), b.values, RowStride(b, shape.k, shape.n),
                 c.beta, c.values, static_cast<dnnl_dim_t>(row_stride));
  if (status == dnnl_success) return Status();
  if (status == dnnl_out_of_memory) {
    return Status(StatusCode::kOutOfMemory, "not enough memory for a matrix product");
  }
  return Status(StatusCode::kInternal,
                "oneDNN refused a matrix product (status " + std::to_string(status) + ")");
}

}  // namespace llmembed::compute
