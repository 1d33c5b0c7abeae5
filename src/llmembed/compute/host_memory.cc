// What a backend whose memory is the host's does with it.
#include <algorithm>
#include <cstring>

#include "compute/ops.h"

namespace llmembed::compute {
namespace {

// Enough rows for matrix products to run at full rate, few enough for a batch's states to stay in a
// core's cache (docs/performance.md has the measurement).
constexpr size_t kTokensOfACore = 512;

}  // namespace

Status Stream::Put(std::span<const float> from, const Matrix& to) {
  if (to.dtype == tensor::DType::kBF16) {
    std::transform(from.begin(), from.end(), to.bf16(), tensor::BF16FromFloat);
  } else {
    std::copy(from.begin(), from.end(), to.f32());
  }
  return {};
}

Status Stream::Fetch(const Matrix& from, std::span<float> to) {
  if (from.dtype == tensor::DType::kBF16) {
    std::transform(from.bf16(), from.bf16() + to.size(), to.begin(), tensor::FloatFromBF16);
  } else {
    std::copy_n(from.f32(), to.size(), to.begin());
  }
  return {};
}

Status Stream::KeepRows(const Matrix& x, std::span<const int32_t> rows) {
  const size_t row_bytes = x.columns * tensor::DTypeSize(x.dtype);
  const size_t pitch_bytes = x.row_pitch() * tensor::DTypeSize(x.dtype);
  auto* bytes = static_cast<std::byte*>(x.data);
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto from = static_cast<size_t>(rows[i]);
    if (from != i) std::memcpy(bytes + i * pitch_bytes, bytes + from * pitch_bytes, row_bytes);
  }
  return {};
}

Result<MatrixBuffer> Backend::Allocate(tensor::DType dtype, size_t max_rows, size_t columns,
                                       size_t pitch) const {
  return MatrixBuffer::Create(dtype, max_rows, columns, pitch == 0 ? columns : pitch);
}

Result<Table> Backend::Place(tensor::AlignedBuffer<float> numbers) const {
  return Table(std::move(numbers));
}

Result<std::unique_ptr<PackedLinear>> Backend::PackBlocks(std::vector<BlockRow> /*rows*/,
                                                          std::shared_ptr<const void> /*owner*/,
                                                          std::span<const float> /*bias*/,
                                                          size_t /*inputs*/,
                                                          OutputUse /*use*/) const {
  return Status(StatusCode::kUnsupported, "this backend keeps no blocks of a file");
}

Result<std::unique_ptr<PackedLinear>> Backend::Adopt(const PackedImage& /*image*/,
                                                     std::shared_ptr<const void> /*owner*/,
                                                     size_t /*inputs*/, size_t /*outputs*/,
                                                     OutputUse /*use*/) const {
  return Status(StatusCode::kUnsupported, "this backend keeps no packed layers");
}

size_t Backend::BatchTokens(size_t /*token_bytes*/) const { return kTokensOfACore; }

}  // namespace llmembed::compute
