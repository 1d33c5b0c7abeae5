#include "pipeline/fit_head.h"

#include "data/split.h"
#include "head/trainer.h"

namespace llmembed::pipeline {

Result<head::TrainedHead> FitHead(const head::HeadConfig& config, const FitInput& input,
                                  uint64_t seed, const RunContext& context) {
  data::Split split;
  if (config.held_out_share > 0.0) {
    auto divided = data::HoldOut({input.labels, input.first_rows, input.rows},
                                 {.share = config.held_out_share, .seed = seed + 1});
    if (divided.ok()) split = *std::move(divided);
  }
  if (split.train.empty()) split.train.assign(input.rows.begin(), input.rows.end());
  return head::TrainHead(config,
                         {.features = input.features,
                          .labels = input.labels,
                          .width = input.features.size() / input.labels.size(),
                          .classes = input.classes,
                          .fit_rows = split.train,
                          .validation_rows = split.held_out,
                          .network = input.network},
                         seed, context);
}

}  // namespace llmembed::pipeline
