// Trains the head that a configuration asks for.
#pragma once

#include <cstdint>

#include "head/head_config.h"
#include "head/trained_head.h"
#include "head/training_data.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed::head {

// The same arguments give the same head bit for bit, at a fixed number of OpenMP threads and on one
// device; `seed` matters to an MLP only, which is trained on `context.device`. Progress and
// cancellation go through `context`. kBadData: a setting out of range, a row that is not finite
// (named), fewer than two labels, a loss that is no number any more. kCancelled, kOutOfMemory; as
// compute::ResolveDevice.
Result<TrainedHead> TrainHead(const HeadConfig& config, const TrainingData& data, uint64_t seed,
                              const RunContext& context);

}  // namespace llmembed::head
