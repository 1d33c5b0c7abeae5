// What this machine and its container offer.
#pragma once

#include <cstdint>

namespace llmembed::base {

// Cores this process may really use: CPU affinity, cgroup v1 and v2 quotas; at least 1.
unsigned UsableThreads();

struct CpuFeatures {
  bool avx2 = false;         // with FMA
  bool avx_vnni = false;     // dot products of int8, with avx2
  bool avx512 = false;       // F, BW, CD, DQ, VL
  bool avx512_vnni = false;  // dot products of int8, with avx512
  bool avx512_bf16 = false;  // dot products of bf16, with avx512
  bool amx_bf16 = false;     // products of tiles of bf16 and int8, with avx512_bf16
};
const CpuFeatures& Cpu();

// From here on Cpu() has only those of its features that `most` has too. Before other threads ask.
void LimitCpu(const CpuFeatures& most);

// Peak resident memory of this process so far, in bytes.
uint64_t PeakMemoryBytes();

// From here on PeakMemoryBytes counts anew, from what is resident now, memory that was freed given
// back first. Where the system does not do that (Linux since 4.0 does), the old peak stays.
void RestartPeakMemory();

// Processor time of this process so far, of all its threads, user and system, in seconds.
double CpuSeconds();

// Memory that this process may still use, by the machine and its container (cgroup v1 and v2), in
// bytes; 0 when neither says.
uint64_t AvailableMemoryBytes();

}  // namespace llmembed::base
