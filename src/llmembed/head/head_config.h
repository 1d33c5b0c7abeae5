// What head to train and how: the settings of a recipe's `head` section.
#pragma once

#include <cstdint>
#include <vector>

#include "compute/losses.h"
#include "fusion/network.h"
#include "llmembed/status.h"

namespace llmembed::head {

enum class HeadKind { kLogisticRegression, kMlp };

// kBalanced: a row of class c weighs rows / (classes with rows * rows of class c), so that every
// class counts alike.
enum class ClassWeighting { kNone, kBalanced };

enum class LearningRateSchedule { kConstant, kCosine };

// Minimises C * sum_i w_i loss_i + ||W||^2 / 2 on standardised features (the bias is free), which
// is scikit-learn's LogisticRegression: binary loss for two classes, softmax for more.
struct LogisticRegressionConfig {
  // Tried in this order (ascending) on the held-out rows, until three in a row are worse than the
  // best; a single value is taken as it is.
  std::vector<double> c_values = {0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1,
                                  0.3,    1.0,    3.0,   10.0,  30.0, 100.0};
  uint32_t max_iterations = 1000;  // of L-BFGS, for each C
  // Largest |gradient entry| of the loss per row; 10 times that while C is chosen.
  double gradient_tolerance = 1e-4;
};

using compute::Loss;

// kAdam: weight decay is part of the gradient (Kingma and Ba 2015); kAdamW: it stands beside it.
enum class Optimizer { kAdamW, kAdam };

// What the first layer, or a trained fusion, is given: features brought to mean 0 and deviation 1,
// or as they are.
enum class InputScaling { kStandardised, kRaw };

// Linear layers with ReLU and dropout between, trained by Adam or AdamW on mini-batches; what a
// fusion compresses passes the same dropout.
struct MlpConfig {
  std::vector<uint32_t> hidden_sizes = {256};  // none: one linear layer
  double dropout = 0.1;                        // of hidden activations
  uint32_t max_epochs = 100;
  uint32_t batch_size = 128;
  double learning_rate = 1e-3;  // the peak
  LearningRateSchedule schedule = LearningRateSchedule::kCosine;
  double warmup_share = 0.05;  // of all steps: the rate rises linearly
  double weight_decay = 0.01;  // decoupled; biases do not decay
  uint32_t patience = 10;      // epochs without a better held-out score; 0: never stops early
  double label_smoothing = 0.0;
  Optimizer optimizer = Optimizer::kAdamW;
  Loss loss = Loss::kCrossEntropy;
  fusion::Initialization initialization = fusion::Initialization::kHe;
  InputScaling inputs = InputScaling::kStandardised;
};

struct HeadConfig {
  HeadKind kind = HeadKind::kLogisticRegression;
  ClassWeighting class_weighting = ClassWeighting::kNone;
  // Of the training rows, set aside to choose C or the epoch on; 0: none are.
  double held_out_share = 0.15;
  LogisticRegressionConfig logistic_regression;
  MlpConfig mlp;
};

// kBadData naming the first setting out of its range. Only the section of `kind` is looked at.
Status ValidateHeadConfig(const HeadConfig& config);

}  // namespace llmembed::head
