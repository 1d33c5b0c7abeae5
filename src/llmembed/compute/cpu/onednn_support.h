// What everything that calls oneDNN shares.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>

#include "llmembed/status.h"

namespace llmembed::compute::cpu {

// oneDNN plans and runs on as many threads as OpenMP says for the calling thread: here, while it
// lives, on one.
class OneThread {
 public:
  OneThread();
  ~OneThread();
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

const dnnl::engine& OneDnnEngine();

Status OneDnnError(const dnnl::error& error);

// Whether oneDNN multiplies bf16 with AMX tiles here: another order of sums, and other last bits,
// than with AVX-512. Asks the system's permission to use tiles, for the whole process.
bool OneDnnUsesTiles();

}  // namespace llmembed::compute::cpu
