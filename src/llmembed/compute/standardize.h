// Values brought to mean 0 and deviation 1.
#pragma once

#include <cstddef>

namespace llmembed::compute {

// values[i] = (values[i] - mean[i]) * scale[i] for `count` of them, in double and rounded once.
// `to` may be `from`. One thread.
void Standardize(const float* from, const double* mean, const double* scale, size_t count,
                 float* to);

}  // namespace llmembed::compute
