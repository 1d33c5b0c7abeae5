// Every operation of compute/row_ops.h against the plain loops'. Works with memory that is not the
// host's.
#pragma once

#include <vector>

#include "compute/op_cases/backend_check.h"
#include "compute/row_ops.h"

namespace llmembed::compute {

// All cases. An operation's error ends the check.
Result<std::vector<CheckedCase>> CheckRowOps(RowOps* ops, RowOps* reference);

}  // namespace llmembed::compute
