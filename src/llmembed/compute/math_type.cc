#include "base/cpu.h"
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

}  // namespace llmembed::compute
