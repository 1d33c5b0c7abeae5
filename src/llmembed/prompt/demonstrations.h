// Which training texts are shown to the model.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "llmembed/status.h"

namespace llmembed::prompt {

// The texts that may be shown. N: rows of the dataset.
struct Candidates {
  std::span<const uint32_t> rows;        // of the dataset, each once
  std::span<const uint32_t> labels;      // [N]
  std::span<const uint32_t> first_rows;  // [N] equal for equal texts
};

// `count` of the rows, or as many as there are, in the order in which they are shown: no text
// twice, labels in turn, each round in an order of its own. The same for the same input and seed.
std::vector<uint32_t> RandomDemonstrations(const Candidates& candidates, size_t count,
                                           uint64_t seed);

// For each query the `count` rows whose vectors have the largest cosine with its own (equal ones:
// the earlier row), the nearest last; no text twice and none that is the query's: query_texts has
// for each query the number that first_rows would have, or UINT32_MAX.
// A vector of zeros is far from all.
struct NearestInput {
  Candidates candidates;
  std::span<const float> vectors;         // [candidates.rows, D]
  std::span<const float> queries;         // [M, D]
  std::span<const uint32_t> query_texts;  // [M]
  size_t width = 0;                       // D
};
Result<std::vector<std::vector<uint32_t>>> NearestDemonstrations(const NearestInput& input,
                                                                 size_t count,
                                                                 base::ThreadPool* pool);

}  // namespace llmembed::prompt
