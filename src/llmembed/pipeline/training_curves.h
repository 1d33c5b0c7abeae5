// How a head's loss and accuracy went, epoch by epoch, as tables and plots (Figure 3 of the paper).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "head/trained_head.h"
#include "llmembed/status.h"

namespace llmembed::pipeline {

// curves.csv, loss.svg and, where rows were held out, accuracy.svg in the folder, which is made
// where it is missing. `log`: an MLP's, at least one epoch. Returns their paths. kIo.
Result<std::vector<std::string>> WriteTrainingCurves(std::span<const head::TrainingLogEntry> log,
                                                     const std::string& folder);

}  // namespace llmembed::pipeline
