#include "head/trainer.h"

#include <new>

#include "head/logistic_regression.h"
#include "head/mlp_trainer.h"
#include "head/standardizer.h"

namespace llmembed::head {

Result<TrainedHead> TrainHead(const HeadConfig& config, const TrainingData& data, uint64_t seed,
                              const RunContext& context) {
  LLMEMBED_RETURN_IF_ERROR(ValidateHeadConfig(config));
  LLMEMBED_RETURN_IF_ERROR(CheckTrainingData(data));
  try {
    const Standardizer standardizer = FitStandardizer(data);
    if (config.kind == HeadKind::kMlp) {
      return TrainMlp(config, data, standardizer, {seed, context});
    }
    return TrainLogisticRegression(config, data, standardizer, context);
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::kOutOfMemory, "not enough memory to train the head");
  }
}

}  // namespace llmembed::head
