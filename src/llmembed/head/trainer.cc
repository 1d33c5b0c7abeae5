#include "head/trainer.h"

#include <new>

#include "compute/device.h"
#include "head/logistic_regression.h"
#include "head/mlp_trainer.h"
#include "head/standardizer.h"

namespace llmembed::head {

Result<TrainedHead> TrainHead(const HeadConfig& config, const TrainingData& data, uint64_t seed,
                              const RunContext& context) {
  LLMEMBED_RETURN_IF_ERROR(ValidateHeadConfig(config));
  LLMEMBED_RETURN_IF_ERROR(CheckTrainingData(data));
  try {
    if (config.kind == HeadKind::kMlp) {
      const bool is_raw = config.mlp.inputs == InputScaling::kRaw;
      Standardizer standardizer = is_raw ? NoStandardizer(data.width) : FitStandardizer(data);
      // A fusion stage keeps it as it is, in f32.
      if (data.network != nullptr) standardizer.RoundToF32();
      LLMEMBED_ASSIGN_OR_RETURN(const auto device, compute::ResolveDevice(context.device));
      LLMEMBED_ASSIGN_OR_RETURN(const auto ops, compute::MakeRowOps(device));
      return TrainMlp(config, data, standardizer, {seed, context, ops.get()});
    }
    if (data.network != nullptr) {
      return Status(StatusCode::kBadData,
                    "the fusion " + data.network->expression().ToString() +
                        " is trained together with its head, which has to be of kind mlp");
    }
    return TrainLogisticRegression(config, data, FitStandardizer(data), context);
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::kOutOfMemory, "not enough memory to train the head");
  }
}

}  // namespace llmembed::head
