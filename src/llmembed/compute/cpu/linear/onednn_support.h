// What everything that calls oneDNN shares.
#pragma once

#include <cstddef>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <span>
#include <string>

#include "compute/cpu/linear/weight_memory.h"
#include "llmembed/status.h"

namespace llmembed::compute::cpu {

// oneDNN plans and runs on as many threads as OpenMP says for the calling thread: while this lives,
// on so many.
class OneDnnThreads {
 public:
  explicit OneDnnThreads(int threads);
  ~OneDnnThreads();
  OneDnnThreads(const OneDnnThreads&) = delete;
  OneDnnThreads& operator=(const OneDnnThreads&) = delete;

 private:
  int before_;
};

const dnnl::engine& OneDnnEngine();

// Of the library that is loaded, down to its commit.
std::string OneDnnVersion();

// A matrix; Tag::ab is row-major, ba column-major, any as oneDNN likes it best.
using Type = dnnl::memory::data_type;
using Tag = dnnl::memory::format_tag;
dnnl::memory::desc OneDnnMatrix(size_t rows, size_t columns, Type type, Tag tag = Tag::ab);

// source [M, K] times weight [K, N] (plus bias [1, N], unless null) gives target [M, N]. Throws
// dnnl::error. oneDNN 3 spells it in another way than 2.
dnnl::matmul::primitive_desc PlanProduct(const dnnl::memory::desc& source,
                                         const dnnl::memory::desc& weight,
                                         const dnnl::memory::desc* bias,
                                         const dnnl::memory::desc& target);

// Rows and columns of a matrix.
dnnl::memory::dims ExtentsOf(const dnnl::memory::desc& matrix);

// Weights are laid out as they lie best for so many rows; other numbers of rows take them as well.
inline constexpr size_t kLayoutRows = 256;

// `source`, [outputs, inputs] row-major, goes to `memory`, of which the [inputs, outputs] matrix of
// that layout is made. kOutOfMemory; throws dnnl::error.
Result<dnnl::memory> PackOneDnnWeight(const dnnl::memory::desc& layout, Type source_type,
                                      const void* source, WeightMemory* memory);

// The same of a weight that was packed so before: `packed`, which `owner` keeps. kMismatch when its
// size is not the layout's; throws dnnl::error.
Result<dnnl::memory> AdoptOneDnnWeight(const dnnl::memory::desc& layout,
                                       std::span<const std::byte> packed,
                                       std::shared_ptr<const void> owner, WeightMemory* memory);

// The bytes of a packed weight.
std::span<const std::byte> ImageOf(const dnnl::memory& weight);

Status OneDnnError(const dnnl::error& error);

// Whether oneDNN multiplies bf16 with AMX tiles here: another order of sums, and other last bits,
// than with AVX-512. Asks the system's permission to use tiles, for the whole process.
bool OneDnnUsesTiles();

}  // namespace llmembed::compute::cpu
