// Arithmetic that kernels and the host share, so that it is tested where there is no GPU.
#pragma once

#ifdef __CUDACC__
#define LLMEMBED_HOST_DEVICE __host__ __device__
#else
#define LLMEMBED_HOST_DEVICE
#endif
