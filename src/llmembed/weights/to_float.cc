#include "weights/to_float.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <span>

#include "base/quoted.h"
#include "weights/finite.h"

namespace llmembed::weights {
namespace {

using tensor::DType;
using tensor::TensorView;

constexpr size_t kBlock = 4096;  // elements: converted, then looked at while they are in the cache

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

void ConvertBlock(DType dtype, const std::byte* from, std::span<float> to) {
  if (dtype == DType::kF32) {
    std::memcpy(to.data(), from, to.size_bytes());
  } else if (dtype == DType::kBF16) {
    ConvertHalves<tensor::FloatFromBF16>(from, to);
  } else {
    ConvertHalves<tensor::FloatFromF16>(from, to);
  }
}

}  // namespace

Result<tensor::AlignedBuffer<float>> ToFloat(const TensorView& view, const std::string& name) {
  if (view.dtype != DType::kF32 && view.dtype != DType::kF16 && view.dtype != DType::kBF16) {
    return Status(StatusCode::kUnsupported, "tensor " + base::Quoted(name) + " is " +
                                                tensor::DTypeName(view.dtype) +
                                                ", weights must be F32, F16 or BF16");
  }
  const uint64_t count = view.element_count();
  const uint64_t size = tensor::DTypeSize(view.dtype);
  LLMEMBED_ASSIGN_OR_RETURN(auto values, tensor::AlignedBuffer<float>::Create(count));
  for (uint64_t begin = 0; begin < count; begin += kBlock) {
    const auto block = values.span().subspan(begin, std::min<uint64_t>(kBlock, count - begin));
    ConvertBlock(view.dtype, view.bytes.data() + begin * size, block);
    if (AllFinite(block)) continue;
    const auto bad = std::find_if_not(block.begin(), block.end(),
                                      [](float value) { return std::isfinite(value); });
    const uint64_t index = begin + static_cast<uint64_t>(bad - block.begin());
    return NotFinite(name, view.shape, index, *bad);
  }
  return values;
}

}  // namespace llmembed::weights
