#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/cpu.h"
#include "compute/int8.h"
#include "compute/ops.h"

namespace llmembed::compute {

const char* MathTypeName(MathType type) {
  switch (type) {
    case MathType::kBF16:
      return "bf16";
    case MathType::kInt8:
      return "int8";
    case MathType::kFp8:
      return "fp8";
    case MathType::kF32:
      break;
  }
  return "f32";
}

tensor::DType ActivationType(MathType type) {
  if (type == MathType::kF32) return tensor::DType::kF32;
  if (type == MathType::kInt8 && !base::Cpu().avx512_bf16) return tensor::DType::kF32;
  return tensor::DType::kBF16;
}

float LargestActivation(size_t inputs) {
  if (base::Cpu().avx512_vnni) return kLargestInt8;
  const double most =
      std::numeric_limits<int32_t>::max() / (kLargestInt8 * static_cast<double>(inputs));
  constexpr double kLargestInt16 = std::numeric_limits<int16_t>::max();
  return static_cast<float>(
      std::clamp(std::floor(most), static_cast<double>(kLargestInt8), kLargestInt16));
}

}  // namespace llmembed::compute
