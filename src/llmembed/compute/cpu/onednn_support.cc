#include "compute/cpu/onednn_support.h"

#include <omp.h>

#include <string>

#include "compute/ops.h"

namespace llmembed::compute::cpu {

OneThread::OneThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
OneThread::~OneThread() { omp_set_num_threads(before_); }

const dnnl::engine& OneDnnEngine() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

Status OneDnnError(const dnnl::error& error) {
  return {StatusCode::kInternal, std::string("oneDNN: ") + error.what()};
}

bool OneDnnUsesTiles() { return dnnl::get_effective_cpu_isa() == dnnl::cpu_isa::avx512_core_amx; }

}  // namespace llmembed::compute::cpu

namespace llmembed::compute {

void SetLibraryThreads(unsigned threads) { omp_set_num_threads(static_cast<int>(threads)); }

}  // namespace llmembed::compute
