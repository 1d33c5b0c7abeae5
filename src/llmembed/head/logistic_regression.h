// Multinomial logistic regression with an L2 penalty chosen on held-out rows.
#pragma once

#include "head/head_config.h"
#include "head/standardizer.h"
#include "head/trained_head.h"
#include "head/training_data.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed::head {

// Fits every C of the configuration on the fit rows, each from where the one before ended, takes
// the best on the held-out rows and fits it again on both. Without held-out rows C = 1, or the only
// value, is taken. Nothing here is random, and the bits do not depend on the number of threads
// (context.threads).
// Preconditions: the configuration and the data were checked. kCancelled, kBadData.
Result<TrainedHead> TrainLogisticRegression(const HeadConfig& config, const TrainingData& data,
                                            const Standardizer& standardizer,
                                            const RunContext& context);

}  // namespace llmembed::head
