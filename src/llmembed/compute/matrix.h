// A row-major matrix in a backend's memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

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

// Rows [first, first + count) of a matrix in the host's memory.
inline Matrix RowRange(const Matrix& matrix, size_t first, size_t count) {
  Matrix rows = matrix;
  rows.rows = count;
  rows.data = static_cast<std::byte*>(matrix.data) +
              first * matrix.row_pitch() * tensor::DTypeSize(matrix.dtype);
  return rows;
}

// Memory of a backend that is not the host's; the last copy gives it back.
using DeviceMemory = std::shared_ptr<void>;

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
    return Result<MatrixBuffer>(std::move(buffer));  // nvcc does not move by itself
  }
  // Of device memory of PaddedRows(max_rows) rows without gaps.
  static MatrixBuffer Of(DeviceMemory memory, tensor::DType dtype, size_t columns) {
    MatrixBuffer buffer;
    buffer.dtype_ = dtype;
    buffer.columns_ = columns;
    buffer.pitch_ = columns;
    buffer.device_ = std::move(memory);
    return buffer;
  }

  // Precondition: rows <= max_rows.
  Matrix View(size_t rows) {
    return {dtype_, rows, columns_, device_ == nullptr ? memory_.data() : device_.get(), pitch_};
  }

 private:
  tensor::DType dtype_ = tensor::DType::kF32;
  size_t columns_ = 0;
  size_t pitch_ = 0;
  tensor::AlignedBuffer<std::byte> memory_;
  DeviceMemory device_;  // instead of `memory_`
};

// Numbers that never change, in a backend's memory.
class Table {
 public:
  Table() = default;
  explicit Table(tensor::AlignedBuffer<float> host) : host_(std::move(host)) {}
  Table(DeviceMemory memory, size_t size) : device_(std::move(memory)), device_size_(size) {}

  // Of a device's memory no element may be looked at.
  std::span<const float> span() const {
    if (device_ == nullptr) return host_.span();
    return {static_cast<const float*>(device_.get()), device_size_};
  }
  bool empty() const { return span().empty(); }

 private:
  tensor::AlignedBuffer<float> host_;
  DeviceMemory device_;  // instead of `host_`
  size_t device_size_ = 0;
};

}  // namespace llmembed::compute
