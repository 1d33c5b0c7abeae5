#include <algorithm>
#include <cmath>
#include <numbers>

#include "compute/ref/ref_ops.h"

namespace llmembed::compute::ref {

float Apply(Activation activation, float x) {
  switch (activation) {
    case Activation::kGeluErf:
      return 0.5F * x * (1.0F + std::erf(x * (std::numbers::sqrt2_v<float> / 2)));
    case Activation::kGeluTanh: {
      const float inner =
          std::sqrt(2 * std::numbers::inv_pi_v<float>) * (x + 0.044715F * x * x * x);
      return 0.5F * x * (1.0F + std::tanh(inner));
    }
    case Activation::kQuickGelu:
      return x / (1.0F + std::exp(-1.702F * x));
    case Activation::kRelu:
      return std::max(x, 0.0F);
    case Activation::kSilu:
      return x / (1.0F + std::exp(-x));
  }
  return x;
}

}  // namespace llmembed::compute::ref
