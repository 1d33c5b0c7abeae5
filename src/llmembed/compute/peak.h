// What a machine's own best is measured with: products of matrices as oneDNN does them by itself
// and as extraction does them, and reading memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "compute/ops.h"
#include "llmembed/status.h"

namespace llmembed::compute {

// [rows, inputs] times the weights of a layer, in this type.
struct ProductSize {
  MathType math_type = MathType::kF32;
  size_t rows = 0;
  size_t inputs = 0;
  size_t outputs = 0;

  // A multiplication and an addition are two.
  double flops() const {
    return 2.0 * static_cast<double>(rows) * static_cast<double>(inputs) *
           static_cast<double>(outputs);
  }
};

// A product made ready, to be run again and again. Weights are packed, shared by all workers, and
// lie in caches as far as they fit; each worker has rows of its own.
class Product {
 public:
  virtual ~Product() = default;
  // Once. Workers may run side by side.
  virtual Status Run(unsigned worker) = 0;
};

// oneDNN's matmul with weights in the layout that it asks for. Each Run works on `threads` OpenMP
// threads. f32 and bf16 give f32, int8 (u8 times s8) gives int32. kUnsupported where oneDNN has no
// such product on this CPU, kOutOfMemory, kInternal.
Result<std::unique_ptr<Product>> MakeOneDnnProduct(const ProductSize& size, unsigned workers,
                                                   int threads);

// The same as extraction does it: Backend::Pack and Stream::Linear, from and to the activation
// type, on the worker's own thread. With int8 the rows are quantised each time. Errors: the
// backend's.
Result<std::unique_ptr<Product>> MakeBackendProduct(const ProductSize& size, unsigned workers);

// Words that are there to be read: in large pages where the kernel has them, as packed weights are.
struct MemoryToRead {
  std::shared_ptr<void> memory;
  std::span<const uint64_t> words;
};

// `words` > 0. kOutOfMemory.
Result<MemoryToRead> MakeMemoryToRead(size_t words);

// Reads all of it, as fast as one thread can. The sum, so that it is not left out.
uint64_t SumWords(std::span<const uint64_t> words);

}  // namespace llmembed::compute
