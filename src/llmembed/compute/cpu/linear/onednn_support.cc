#include "compute/cpu/linear/onednn_support.h"

#include <omp.h>

#include <string>
#include <utility>

#include "compute/ops.h"

namespace llmembed::compute::cpu {

OneDnnThreads::OneDnnThreads(int threads) : before_(omp_get_max_threads()) {
  omp_set_num_threads(threads);
}
OneDnnThreads::~OneDnnThreads() { omp_set_num_threads(before_); }

const dnnl::engine& OneDnnEngine() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

std::string OneDnnVersion() {
  const dnnl_version_t* version = dnnl::version();
  return "onednn-" + std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
         std::to_string(version->patch) + "-" + version->hash;
}

dnnl::memory::desc OneDnnMatrix(size_t rows, size_t columns, Type type, Tag tag) {
  return {{static_cast<int64_t>(rows), static_cast<int64_t>(columns)}, type, tag};
}

dnnl::matmul::primitive_desc PlanProduct(const dnnl::memory::desc& source,
                                         const dnnl::memory::desc& weight,
                                         const dnnl::memory::desc* bias,
                                         const dnnl::memory::desc& target) {
#if DNNL_VERSION_MAJOR >= 3
  if (bias == nullptr) return {OneDnnEngine(), source, weight, target};
  return {OneDnnEngine(), source, weight, *bias, target};
#else
  if (bias == nullptr) return {dnnl::matmul::desc(source, weight, target), OneDnnEngine()};
  return {dnnl::matmul::desc(source, weight, *bias, target), OneDnnEngine()};
#endif
}

dnnl::memory::dims ExtentsOf(const dnnl::memory::desc& matrix) {
#if DNNL_VERSION_MAJOR >= 3
  return matrix.get_dims();
#else
  return matrix.dims();
#endif
}

Result<dnnl::memory> PackOneDnnWeight(const dnnl::memory::desc& layout, Type source_type,
                                      const void* source, WeightMemory* memory) {
  LLMEMBED_ASSIGN_OR_RETURN(*memory, AllocateWeightMemory(layout.get_size()));
  dnnl::memory packed(layout, OneDnnEngine(), memory->get());
  // [outputs, inputs] row-major is [inputs, outputs] column-major.
  const dnnl::memory::desc given(ExtentsOf(layout), source_type, Tag::ba);
  dnnl::memory from(given, OneDnnEngine(), const_cast<void*>(source));
  dnnl::stream stream(OneDnnEngine());
  dnnl::reorder(from, packed).execute(stream, from, packed);
  stream.wait();
  return packed;
}

Result<dnnl::memory> AdoptOneDnnWeight(const dnnl::memory::desc& layout,
                                       std::span<const std::byte> packed,
                                       std::shared_ptr<const void> owner, WeightMemory* memory) {
  LLMEMBED_RETURN_IF_ERROR(CheckImageSize(packed.size(), layout.get_size()));
  *memory = AdoptedMemory(packed, std::move(owner));
  return dnnl::memory(layout, OneDnnEngine(), memory->get());
}

std::span<const std::byte> ImageOf(const dnnl::memory& weight) {
  return {static_cast<const std::byte*>(weight.get_data_handle()), weight.get_desc().get_size()};
}

Status OneDnnError(const dnnl::error& error) {
  return {StatusCode::kInternal, std::string("oneDNN: ") + error.what()};
}

bool OneDnnUsesTiles() {
  // Each set's bits are those of what it comprises; oneDNN 3 knows sets beyond this one.
  const auto tiles = static_cast<unsigned>(dnnl::cpu_isa::avx512_core_amx);
  return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & tiles) == tiles;
}

}  // namespace llmembed::compute::cpu

namespace llmembed::compute {

void SetLibraryThreads(unsigned threads) { omp_set_num_threads(static_cast<int>(threads)); }

}  // namespace llmembed::compute
