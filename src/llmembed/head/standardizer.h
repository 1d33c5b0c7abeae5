// Features brought to mean 0 and standard deviation 1, and that step folded into a layer.
#pragma once

#include <vector>

#include "head/head.h"
#include "head/training_data.h"

namespace llmembed::head {

// standardised = (feature - mean) * scale. Immutable after it was fitted.
struct Standardizer {
  std::vector<double> mean;   // [D]
  std::vector<double> scale;  // [D]; 1 / standard deviation, 0 for a feature that hardly varies

  // Makes both the nearest f32 values, so that they can be kept as such.
  void RoundToF32();

  // The layer that does to features what `layer` does to standardised features.
  LinearLayer FoldInto(const LinearLayer& layer) const;
};

// Leaves features as they are.
Standardizer NoStandardizer(uint64_t width);

// Mean and (population) standard deviation over the listed rows, held-out ones too: no label is
// looked at, and one standardisation for every fit keeps a C chosen on a part valid for the whole.
// Precondition: CheckTrainingData(data).
Standardizer FitStandardizer(const TrainingData& data);

}  // namespace llmembed::head
