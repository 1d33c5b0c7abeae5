// Trains an MLP head on mini-batches with early stopping.
#pragma once

#include <cstdint>

#include "compute/row_ops.h"
#include "head/head_config.h"
#include "head/standardizer.h"
#include "head/trained_head.h"
#include "head/training_data.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed::head {

struct MlpRun {
  uint64_t seed = 0;
  const RunContext& context;
  compute::RowOps* ops = nullptr;  // what computes
};

// AdamW over shuffled mini-batches of the fit rows. The held-out rows are measured after each
// epoch; training ends when `patience` epochs brought nothing better and the best epoch is given
// back. Without held-out rows it is the last epoch.
// Preconditions: the configuration and the data were checked. kCancelled, kBadData.
Result<TrainedHead> TrainMlp(const HeadConfig& config, const TrainingData& data,
                             const Standardizer& standardizer, const MlpRun& run);

}  // namespace llmembed::head
