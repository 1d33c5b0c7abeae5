// A typed look at somebody else's bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace llmembed::tensor {

// Borrows the bytes: valid as long as their owner (a WeightSource, a buffer) lives.
// Whoever makes one guarantees bytes.size() == ByteSize(dtype, product(shape)) and, for a block
// type, that rows are whole blocks. Elements are row-major and little-endian, and need not be
// aligned: a file may place them anywhere.
struct TensorView {
  DType dtype = DType::kF32;
  Shape shape;
  std::span<const std::byte> bytes;

  uint64_t element_count() const { return shape.ElementCount().value_or(0); }

  // The elements in place; nullopt when the dtype is another one, or when the bytes are not
  // aligned for T (then copy them, as weights::ToFloat does).
  template <typename T>
  std::optional<std::span<const T>> As() const {
    static_assert(kDTypeOf<T>.has_value(), "no DType is stored as this type");
    if (dtype != *kDTypeOf<T>) return std::nullopt;
    if (reinterpret_cast<uintptr_t>(bytes.data()) % alignof(T) != 0) return std::nullopt;
    return std::span<const T>(reinterpret_cast<const T*>(bytes.data()), element_count());
  }
};

// A view of f32 elements that lie in memory. Precondition: values.size() == product(shape).
inline TensorView ViewOf(std::span<const float> values, const Shape& shape) {
  return {DType::kF32, shape, std::as_bytes(values)};
}

}  // namespace llmembed::tensor
