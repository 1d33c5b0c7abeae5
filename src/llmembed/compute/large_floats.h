// A vector of numbers for arrays of many megabytes that are walked through by columns, too.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>
#include <vector>

#include "base/large_memory.h"

namespace llmembed::compute {

// Gives large arrays huge pages where the system grants them: rows of a matrix lie on a page each,
// of which a CPU remembers too few. What is not said to be a number is left as it is, not zero.
template <typename T>
struct LargeArrayAllocator {
  using value_type = T;
  LargeArrayAllocator() = default;
  template <typename U>
  LargeArrayAllocator(const LargeArrayAllocator<U>& /*other*/) {}

  T* allocate(size_t count) {
    void* memory = base::AllocateLarge(count * sizeof(T));
    if (memory == nullptr) throw std::bad_alloc();
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, size_t /*count*/) { std::free(memory); }

  template <typename U>
  void construct(U* at) {
    ::new (static_cast<void*>(at)) U;
  }
  template <typename U, typename... Arguments>
  void construct(U* at, Arguments&&... arguments) {
    ::new (static_cast<void*>(at)) U(std::forward<Arguments>(arguments)...);
  }

  friend bool operator==(const LargeArrayAllocator&, const LargeArrayAllocator&) { return true; }
};

// resize() and LargeFloats(n) leave new numbers as the memory held them.
using LargeFloats = std::vector<float, LargeArrayAllocator<float>>;

}  // namespace llmembed::compute
