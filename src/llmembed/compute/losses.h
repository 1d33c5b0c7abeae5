// Classification losses with their gradients with respect to the logits.
#pragma once

#include <cstdint>
#include <span>

namespace llmembed::compute {

// kDoubleSoftmax: as the LLMEmbed paper's code has it, see DoubleSoftmaxCrossEntropy.
enum class Loss { kCrossEntropy, kDoubleSoftmax };

// Row i counts weights[i] times; a row of weight 0 is skipped.
struct LossTargets {
  std::span<const uint32_t> labels;  // [N]
  std::span<const float> weights;    // [N]
  double label_smoothing = 0.0;      // this share of the target is spread over all classes
};

// Softmax cross-entropy: the weighted sum over rows of -sum_c target_c log softmax(logits)_c.
// `logits` [N, classes] are replaced by the gradient.
double SoftmaxCrossEntropy(const LossTargets& targets, uint64_t classes, std::span<float> logits);

// The loss of the LLMEmbed paper's code, which gives probabilities where PyTorch's cross-entropy
// expects logits: SoftmaxCrossEntropy of softmax(logits). It cannot fall to 0 (0.3133 for two
// classes, 2.98 for 52) and its gradients are small. `logits` are replaced by the gradient.
double DoubleSoftmaxCrossEntropy(const LossTargets& targets, uint64_t classes,
                                 std::span<float> logits);

// Logistic loss of one logit a row, that of class 1 against class 0: the weighted sum over rows of
// log(1 + exp(logit)) - label * logit. `logits` [N] are replaced by the gradient.
double BinaryCrossEntropy(const LossTargets& targets, std::span<float> logits);

// Replaces each row of logits [N, classes] by its softmax, the largest logit subtracted first.
void SoftmaxRows(std::span<float> logits, uint64_t classes);

// The class of the largest score, the first of equals.
uint32_t LargestScore(std::span<const float> scores);

}  // namespace llmembed::compute
