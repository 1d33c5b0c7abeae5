#include "weights/to_float.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <span>

#include "base/quoted.h"
#include "tensor/dequantize.h"
#include "weights/finite.h"

namespace llmembed::weights {
namespace {

using tensor::DType;
using tensor::TensorView;

// Elements that are converted, then looked at while they are in the cache: whole blocks of any
// type.
constexpr size_t kBlock = 4096;

// Whether all are finite. One pass without a branch inside, so that it vectorises.
bool AllFinite(std::span<const float> values) {
  constexpr uint32_t kExponent = 0x7F800000U;
  uint32_t non_finite = 0;
  for (const float value : values) {
    non_finite |= static_cast<uint32_t>((std::bit_cast<uint32_t>(value) & kExponent) == kExponent);
  }
  return non_finite == 0;
}

template <float (*Convert)(uint16_t)>
void ConvertHalves(const std::byte* from, std::span<float> to) {
  for (size_t i = 0; i < to.size(); ++i) {
    uint16_t bits;
    std::memcpy(&bits, from + i * sizeof(bits), sizeof(bits));
    to[i] = Convert(bits);
  }
}

void ConvertBlock(DType dtype, std::span<const std::byte> from, std::span<float> to) {
  if (dtype == DType::kF32) {
    std::memcpy(to.data(), from.data(), to.size_bytes());
  } else if (dtype == DType::kBF16) {
    ConvertHalves<tensor::FloatFromBF16>(from.data(), to);
  } else if (dtype == DType::kF16) {
    ConvertHalves<tensor::FloatFromF16>(from.data(), to);
  } else {
    tensor::Dequantize(dtype, from, to);
  }
}

}  // namespace

bool IsWeightType(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16 ||
         tensor::IsBlockType(dtype);
}

Result<tensor::AlignedBuffer<float>> ToFloat(const TensorView& view, const std::string& name) {
  if (!IsWeightType(view.dtype)) {
    return Status(StatusCode::kUnsupported,
                  "tensor " + base::Quoted(name) + " is " + tensor::DTypeName(view.dtype) +
                      ", weights must be F32, F16, BF16 or a block type of GGML");
  }
  const uint64_t count = view.element_count();
  const tensor::BlockSize stored = tensor::BlockSizeOf(view.dtype);
  LLMEMBED_ASSIGN_OR_RETURN(auto values, tensor::AlignedBuffer<float>::Create(count));
  for (uint64_t begin = 0; begin < count; begin += kBlock) {
    const auto block = values.span().subspan(begin, std::min<uint64_t>(kBlock, count - begin));
    ConvertBlock(view.dtype,
                 view.bytes.subspan(begin / stored.elements * stored.bytes,
                                    block.size() / stored.elements * stored.bytes),
                 block);
    if (AllFinite(block)) continue;
    const auto bad = std::find_if_not(block.begin(), block.end(),
                                      [](float value) { return std::isfinite(value); });
    const uint64_t index = begin + static_cast<uint64_t>(bad - block.begin());
    return NotFinite(name, view.shape, index, *bad);
  }
  return values;
}

}  // namespace llmembed::weights
