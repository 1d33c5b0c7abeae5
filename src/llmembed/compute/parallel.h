// A loop shared among OpenMP's threads, the ones that oneDNN computes with.
#pragma once

#include <algorithm>
#include <cstddef>

namespace llmembed::compute {

// Calls work(begin, end) for consecutive parts of [0, count), each at most `part` long. The parts
// do not depend on the number of threads, so neither does what they compute. `work` must not throw.
template <typename Work>
void ParallelParts(size_t count, size_t part, const Work& work) {
  const size_t parts = (count + part - 1) / part;
#pragma omp parallel for schedule(static) if (parts > 1)
  for (size_t i = 0; i < parts; ++i) work(i * part, std::min(count, (i + 1) * part));
}

}  // namespace llmembed::compute
