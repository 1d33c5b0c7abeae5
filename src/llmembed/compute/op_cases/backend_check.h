// Every operation of a backend against the reference's, on the table of cases. Works with memory
// that is not the host's.
#pragma once

#include <string>
#include <vector>

#include "compute/ops.h"

namespace llmembed::compute {

struct CheckedCase {
  std::string name;         // e.g. "attention 257+2 of 1 x 40"
  double difference = 0.0;  // the largest, over the largest number; infinite: not finite
  double bar = 0.0;         // what it may be
  bool ok() const { return difference <= bar; }
};

// All cases; `is_small`: only those that take a moment under a checker of memory accesses. The math
// types of both must be the same. An operation's error ends the check.
Result<std::vector<CheckedCase>> CheckBackend(const Backend& backend, const Backend& reference,
                                              bool is_small);

}  // namespace llmembed::compute
