// Owned arrays that begin on a cache line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include "base/checked.h"
#include "llmembed/status.h"

namespace llmembed::tensor {

inline constexpr size_t kBufferAlignment = 64;  // one cache line, one AVX-512 register

enum class Fill { kNone, kZero };

// The bytes of an AlignedBuffer, filled as asked; kOutOfMemory when there is no such room.
// Freed with std::free. `bytes` > 0.
Result<void*> AllocateAligned(uint64_t bytes, Fill fill);

// The error of a size whose bytes cannot even be counted.
Status TooManyElements(uint64_t count, size_t element_size);

// `size()` elements of T, 64-byte aligned; movable (a moved-from buffer is empty), not copyable.
// A buffer of 0 elements owns nothing and its data() is null.
template <typename T>
class AlignedBuffer {
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= kBufferAlignment);

 public:
  AlignedBuffer() = default;
  AlignedBuffer(AlignedBuffer&& other) noexcept
      : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  // kOutOfMemory. With Fill::kNone the elements are whatever the memory held.
  static Result<AlignedBuffer> Create(uint64_t size, Fill fill = Fill::kNone) {
    AlignedBuffer buffer;
    if (size == 0) return Result<AlignedBuffer>(std::move(buffer));  // nvcc moves nothing by itself
    const auto bytes = base::CheckedMul(size, sizeof(T));
    if (!bytes) return TooManyElements(size, sizeof(T));
    LLMEMBED_ASSIGN_OR_RETURN(void* memory, AllocateAligned(*bytes, fill));
    buffer.data_.reset(static_cast<T*>(memory));
    buffer.size_ = size;
    return Result<AlignedBuffer>(std::move(buffer));
  }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  T& operator[](size_t index) { return data_.get()[index]; }
  const T& operator[](size_t index) const { return data_.get()[index]; }
  std::span<T> span() { return {data_.get(), size_}; }
  std::span<const T> span() const { return {data_.get(), size_}; }

 private:
  struct Free {
    void operator()(T* memory) const { std::free(memory); }
  };
  std::unique_ptr<T, Free> data_;
  size_t size_ = 0;
};

}  // namespace llmembed::tensor
