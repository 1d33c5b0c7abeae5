// A row-major matrix in a backend's memory.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/aligned_buffer.h"
#include "tensor/dtype.h"

namespace llmembed::compute {

// Backends may work on whole blocks of rows, so a matrix has memory for this many: `rows` rounded
// up. What stands in the rows behind `rows` is any finite number and never reaches the others.
inline constexpr size_t kRowBlock = 16;
constexpr size_t PaddedRows(size_t rows) { return (rows + kRowBlock - 1) / kRowBlock * kRowBlock; }

// Borrows its memory. dtype is kF32 or kBF16.
struct Matrix {
  tensor::DType dtype = tensor::DType::kF32;
  size_t rows = 0;
  size_t columns = 0;
  void* data = nullptr;  // [PaddedRows(rows), row_pitch()]
  size_t pitch = 0;      // elements from a row to the next; 0: `columns`

  size_t row_pitch() const { return pitch == 0 ? columns : pitch; }
  float* f32() const { return static_cast<float*>(data); }
  uint16_t* bf16() const { return static_cast<uint16_t*>(data); }
};

// A pitch for rows that products read: rows a power of two apart would all want the same lines of
// the caches.
inline size_t ProductPitch(tensor::DType dtype, size_t columns) {
  constexpr size_t kWayBytes = 1024;
  constexpr size_t kLineBytes = 64;
  const size_t element = tensor::DTypeSize(dtype);
  return columns * element % kWayBytes == 0 ? columns + kLineBytes / element : columns;
}

// Memory for one matrix that is reused with other numbers of rows.
class MatrixBuffer {
 public:
  static Result<MatrixBuffer> Create(tensor::DType dtype, size_t max_rows, size_t columns) {
    return Create(dtype, max_rows, columns, columns);
  }
  static Result<MatrixBuffer> Create(tensor::DType dtype, size_t max_rows, size_t columns,
                                     size_t pitch) {
    MatrixBuffer buffer;
    buffer.dtype_ = dtype;
    buffer.columns_ = columns;
    buffer.pitch_ = pitch;
    LLMEMBED_ASSIGN_OR_RETURN(
        buffer.memory_,
        tensor::AlignedBuffer<std::byte>::Create(
            PaddedRows(max_rows) * pitch * tensor::DTypeSize(dtype), tensor::Fill::kZero));
    return buffer;
  }

  // Precondition: rows <= max_rows.
  Matrix View(size_t rows) { return {dtype_, rows, columns_, memory_.data(), pitch_}; }

 private:
  tensor::DType dtype_ = tensor::DType::kF32;
  size_t columns_ = 0;
  size_t pitch_ = 0;
  tensor::AlignedBuffer<std::byte> memory_;
};

}  // namespace llmembed::compute
